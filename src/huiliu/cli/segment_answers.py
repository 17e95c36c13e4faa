"""How `huiliu segment` tells its longer answers, to people and to programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huiliu.cli.language import sentence
from huiliu.cli.output import emit, say
from huiliu.conditions.explain import Part
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.segments import Segment, TreeChange
from huiliu.services.apply_segment import Applied
from huiliu.services.diff_segments import SegmentDiff, Side
from huiliu.services.explain_segment import Explained
from huiliu.services.preview_segment import SegmentPreview

__all__ = [
    "applied",
    "diff_json",
    "diff_lines",
    "explained_json",
    "explained_lines",
    "preview_json",
    "preview_lines",
]

#: People named in sentences; programs get all.
_SHOWN = 10


def applied(done: Applied, *, json: bool) -> None:
    """Tell what applying did."""
    if json:
        emit({
            "segment": done.segment.slug, "version": done.version, "members": done.n_members,
            "entered": done.n_entered, "left": done.n_left,
            "dependents": [
                {"segment": slug, "entered": entered, "left": left}
                for slug, (entered, left) in done.dependents.items()
            ],
        })  # fmt: skip
        return
    say(text("segments.applied", slug=done.segment.slug, version=done.version,
             n=done.n_members, entered=done.n_entered, left=done.n_left))  # fmt: skip
    for slug, (entered, left) in done.dependents.items():
        say(text("segments.refilled", slug=slug, entered=entered, left=left))


def explained_json(segment: Segment, found: Explained) -> dict[str, object]:
    """Return why a person is in a segment or not, as data."""
    return {
        "segment": segment.slug,
        "profile_id": found.profile_id,
        "profile": show_profile_id(found.profile_id),
        "at": show_instant(found.at),
        "member": found.holds,
        "next_change": _moment(found.next_change),
        "why": _part_json(found.part),
    }


def explained_lines(segment: Segment, found: Explained) -> Iterator[Text | str]:
    """Yield why a person is in a segment or not."""
    key = "segments.is_in" if found.holds else "segments.is_not_in"
    profile, at = show_profile_id(found.profile_id), show_instant(found.at)
    yield text(key, profile=profile, slug=segment.slug, at=at)
    yield from _part_lines(found.part, 0)
    if found.next_change is None:
        yield text("segments.no_change_by_time")
    else:
        yield text("segments.next_change", at=show_instant(found.next_change))


def diff_json(sides: tuple[Side, Side], found: SegmentDiff, now: int) -> dict[str, object]:
    """Return how two audiences differ, as data."""
    before, after = sides
    return {
        "before": _side_json(before, found.n_before, now),
        "after": _side_json(after, found.n_after, now),
        "staying": found.n_staying,
        "entering": {"count": len(found.entering), "profile_ids": found.entering},
        "leaving": {"count": len(found.leaving), "profile_ids": found.leaving},
        "changes": _changes_json(found.changes),
    }


def diff_lines(sides: tuple[Side, Side], found: SegmentDiff, now: int) -> Iterator[Text | str]:
    """Yield how two audiences differ."""
    for side, n in zip(sides, (found.n_before, found.n_after), strict=True):
        at = show_instant(now if side.at is None else side.at)
        yield text("segments.side", slug=side.segment.slug, at=at, n=n)
    yield text("segments.staying", n=found.n_staying)
    yield from _moving_lines(found.entering, found.leaving)
    yield from _change_lines(found.changes)


def preview_json(found: SegmentPreview) -> dict[str, object]:
    """Return what applying would change, as data."""
    return {
        "segment": found.segment.slug,
        "new": found.is_new,
        "before": found.n_before,
        "after": found.n_after,
        "entering": {"count": len(found.entering), "profile_ids": found.entering},
        "leaving": {"count": len(found.leaving), "profile_ids": found.leaving},
        "changes": _changes_json(found.changes),
        "dependents": [
            {"segment": one.slug, "entering": one.n_entering, "leaving": one.n_leaving}
            for one in found.dependents
        ],
    }


def preview_lines(found: SegmentPreview) -> Iterator[Text | str]:
    """Yield what applying would change."""
    key = "segments.would_be_new" if found.is_new else "segments.would_be"
    yield text(key, slug=found.segment.slug, before=found.n_before, after=found.n_after)
    yield from _moving_lines(found.entering, found.leaving)
    yield from _change_lines(found.changes)
    for one in found.dependents:
        yield text(
            "segments.would_refill", slug=one.slug, entering=one.n_entering, leaving=one.n_leaving
        )


def _side_json(side: Side, n: int, now: int) -> dict[str, object]:
    """Return one of two audiences."""
    at = show_instant(now if side.at is None else side.at)
    return {"segment": side.segment.slug, "at": at, "count": n}


def _changes_json(changes: Sequence[TreeChange]) -> list[dict[str, object]]:
    """Return what definitions say differently."""
    return [
        {
            "path": one.path,
            "what": one.what,
            "before": sentence(one.before) if one.before else None,
            "after": sentence(one.after) if one.after else None,
        }
        for one in changes
    ]


def _change_lines(changes: Sequence[TreeChange]) -> Iterator[Text]:
    """Yield what definitions say differently."""
    for one in changes:
        yield text("error.problem", path=one.path, problem=one.sentence())


def _moving_lines(entering: Sequence[int], leaving: Sequence[int]) -> Iterator[Text]:
    """Yield who enters and who leaves; the first of them by name."""
    for key, people in (("segments.entering", entering), ("segments.leaving", leaving)):
        names = " ".join(show_profile_id(one) for one in people[:_SHOWN])
        more = " …" if len(people) > _SHOWN else ""
        yield text(key, n=len(people), names=f"{names}{more}")


def _part_json(part: Part) -> dict[str, object]:
    """Return one part of a condition with its answer."""
    return {
        "says": sentence(part.sentence),
        "holds": part.holds,
        "next_change": _moment(part.next_change),
        "saw": [sentence(one) for one in part.saw],
        "parts": [_part_json(one) for one in part.parts],
    }


def _part_lines(part: Part, depth: int) -> Iterator[str]:
    """Yield one part with its answer, and what is in it a step to the right."""
    blanks, mark = "  " * depth, "✓" if part.holds else "✗"
    seen = "; ".join(sentence(one) for one in part.saw)
    yield f"{blanks}{mark} {sentence(part.sentence)}" + (f"  [{seen}]" if seen else "")
    for one in part.parts:
        yield from _part_lines(one, depth + 1)


def _moment(instant: int | None) -> str | None:
    """Return an instant as it is written."""
    return None if instant is None else show_instant(instant)
