"""Segments for servers: what the console's pages of segments do, behind a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from starlette.responses import StreamingResponse

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import show_instant
from huiliu.printers.csv import csv_rows
from huiliu.segments import TreeChange
from huiliu.services.audience import members, read_segment
from huiliu.services.chart_segment import chart_segment
from huiliu.services.diff_segments import Side, diff_segments
from huiliu.services.draft_segment import Draft, draft_from_source, draft_from_tree
from huiliu.services.export_segment import export_segment
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.look_at_audience import combine, overlaps, reach, sample_people
from huiliu.services.look_at_segments import count_source, list_segments, show_segment
from huiliu.services.preview_segment import preview_segment
from huiliu.services.publish import publish_segment
from huiliu.services.remove_segment import remove_segment
from huiliu.services.segment_versions import live_segment, roll_back, version_of, versions
from huiliu.services.suggest_values import suggest_property, suggest_tag, suggest_trait
from huiliu.services.used_by import used_by
from huiliu.web.api.calls import Call, route
from huiliu.web.builder import offer
from huiliu.web.paging import read_number

__all__ = ["routes"]

_KIND: Final = "segment"
_PER_PAGE: Final = 100
_MOST_SHOWN: Final = 1_000


def _segments(call: Call) -> object:
    """Return every segment in use with its members of this moment."""
    return {
        "segments": [
            {
                "slug": row.document.slug,
                "version": row.document.version,
                "name": row.name,
                "members": row.n_members,
            }
            for row in list_segments(call.world, call.brand_id)
            if row.document.state != "archived"
        ]
    }


def _segment(call: Call) -> object:
    """Return one segment: its source, size, and what uses it."""
    slug = call.path("slug")
    live_segment(call.world, call.brand_id, slug)
    found = show_segment(call.world, call.brand_id, slug)
    document = found.row.document
    return {
        "slug": slug,
        "version": document.version,
        "name": found.row.name,
        "source": document.source,
        "sentence": {each: render(found.row.sentence, each) for each in LOCALES},
        "members": found.row.n_members,
        "used_by": [
            {"kind": one.kind, "slug": one.slug, "name": one.name}
            for one in used_by(call.world, call.brand_id, _KIND, slug)
        ],
    }


def _members(call: Call) -> object:
    """Return a page of members by id."""
    slug = call.path("slug")
    after = parse_profile_id(call.ask("after")) if call.ask("after") else None
    rows = members(call.world, call.brand_id, slug, _PER_PAGE, after)
    return {
        "members": [
            {"profile_id": show_profile_id(profile), "since": show_instant(since)}
            for profile, since in rows
        ],
        "next": show_profile_id(rows[-1][0]) if len(rows) == _PER_PAGE else None,
    }


def _export(call: Call) -> object:
    """Send every member as CSV."""
    rows = export_segment(call.world, call.brand_id, call.path("slug"))
    return StreamingResponse(
        csv_rows(("profile_id", "member_since"), rows), media_type="text/csv; charset=utf-8"
    )


def _trend(call: Call) -> object:
    """Return the size at the end of each of the last days."""
    slug = call.path("slug")
    live_segment(call.world, call.brand_id, slug)
    return {
        "days": [
            {
                "day": one.day.isoformat(),
                "members": one.n_members,
                "entered": one.n_entered,
                "left": one.n_left,
            }
            for one in chart_segment(call.world, call.brand_id, slug)
        ]
    }


def _versions(call: Call) -> object:
    """Return every version, newest first."""
    return {
        "versions": [
            {
                "version": one.version,
                "by": one.created_by,
                "at": show_instant(one.created_at),
                "source": one.source,
            }
            for one in versions(call.world, call.brand_id, call.path("slug"))
        ]
    }


def _diff(call: Call) -> object:
    """Return what two versions say differently, and about whom."""
    old, new = (read_number(call.ask(name)) for name in ("old", "new"))
    if old is None or new is None:
        raise BadInput((Problem("old, new", text("api.not_a_number")),))
    slug = call.path("slug")
    before, after = (Side(version_of(call.world, call.brand_id, slug, one)) for one in (old, new))
    found = diff_segments(call.world, call.brand_id, before, after)
    return {
        "before": found.n_before,
        "after": found.n_after,
        "entering": _profiles(found.entering),
        "leaving": _profiles(found.leaving),
        "changes": _changes(found.changes),
    }


def _draft(call: Call) -> object:
    """Return a draft's YAML, tree and problems; it is sent as either of them."""
    return _told(_given(call))


def _count(call: Call) -> object:
    """Return how many people a segment would hold now."""
    found = count_source(call.world, call.brand_id, call.word("source"))
    return {"count": found.n, "people": found.n_people}


def _behind(call: Call) -> object:
    """Return channels, overlaps and a few people of a segment that need not be applied."""
    world, brand_id = call.world, call.brand_id
    segment = read_segment(world, brand_id, call.word("source"))
    shared = overlaps(world, brand_id, segment.condition, segment.slug)
    others = call.body.get("with")
    chosen = [str(one) for one in others] if isinstance(others, list) else []
    return {
        "reach": reach(world, brand_id, segment.condition, sorted(world.channels)),
        "overlaps": [
            {"segment": one.slug, "both": one.n_both, "members": one.n_other} for one in shared
        ],
        "combinations": [
            {"inside": one.inside, "count": one.n}
            for one in (combine(world, brand_id, segment.condition, chosen) if chosen else ())
        ],
        "sample": [
            show_profile_id(row.profile_id)
            for row in sample_people(world, brand_id, segment.condition)
        ],
    }


def _preview(call: Call) -> object:
    """Return what applying a segment would change."""
    found = preview_segment(call.world, call.brand_id, call.word("source"))
    return {
        "slug": found.segment.slug,
        "is_new": found.is_new,
        "before": found.n_before,
        "after": found.n_after,
        "n_entering": len(found.entering),
        "n_leaving": len(found.leaving),
        "entering": _profiles(found.entering),
        "leaving": _profiles(found.leaving),
        "changes": _changes(found.changes),
        "dependents": [
            {"slug": one.slug, "entering": one.n_entering, "leaving": one.n_leaving}
            for one in found.dependents
        ],
    }


def _apply(call: Call) -> object:
    """Store a segment."""
    made = publish_segment(call.world, call.brand_id, call.word("source"), call.by)
    return {"slug": made.segment.slug, "version": made.version, "members": made.n_members}


def _restore(call: Call) -> object:
    """Make an older version the newest again."""
    number = call.body.get("version")
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadInput((Problem("version", text("api.not_a_number")),))
    made = roll_back(call.world, call.brand_id, call.path("slug"), number, call.by)
    return {"slug": made.segment.slug, "version": made.version, "members": made.n_members}


def _remove(call: Call) -> object:
    """Take a segment out of use."""
    slug = call.path("slug")
    return {"slug": slug, "left": remove_segment(call.world, call.brand_id, slug)}


def _words(call: Call) -> object:
    """Return the names that a builder can offer."""
    return offer(list_vocabulary(call.world, call.brand_id), "en")


def _values(call: Call) -> object:
    """Return common values of a trait, a tag, or an event's property."""
    world, brand_id = call.world, call.brand_id
    trait, tag = call.ask("trait"), call.ask("tag")
    event, name = call.ask("event"), call.ask("property")
    if trait:
        found = suggest_trait(world, brand_id, tuple(trait.split(".")))
    elif tag:
        found = suggest_tag(world, brand_id, tag)
    elif event and name:
        found = suggest_property(world, brand_id, event, tuple(name.split(".")))
    else:
        raise NotFound("subject", "")
    return {"values": found.values, "is_personal": found.is_personal}


def _given(call: Call) -> Draft:
    """Return the draft in the body."""
    tree = call.body.get("tree")
    if isinstance(tree, dict):
        return draft_from_tree(call.world, call.brand_id, tree)
    return draft_from_source(call.world, call.brand_id, call.word("source"))


def _told(draft: Draft) -> dict[str, Any]:
    """Return a draft as data."""
    return {
        "source": draft.source,
        "tree": draft.tree,
        "sentence": {each: render(draft.sentence, each) for each in LOCALES}
        if draft.sentence
        else None,
        "problems": [
            {"path": one.path, "message": render(one.text, "en"), "line": one.line or None}
            for one in draft.problems
        ],
    }


def _changes(changes: Iterable[TreeChange]) -> list[dict[str, str]]:
    """Return what definitions say differently."""
    return [
        {"path": one.path, "what": one.what, "words": render(one.sentence(), "en")}
        for one in changes
    ]


def _profiles(ids: Sequence[int]) -> list[str]:
    """Return the first profiles of many."""
    return [show_profile_id(one) for one in ids[:_MOST_SHOWN]]


routes: Final = [
    route("GET", "/v1/segments", _segments),
    route("PUT", "/v1/segments", _apply),
    route("GET", "/v1/segments/words", _words),
    route("GET", "/v1/segments/values", _values),
    route("POST", "/v1/segments/draft", _draft),
    route("POST", "/v1/segments/count", _count),
    route("POST", "/v1/segments/behind", _behind),
    route("POST", "/v1/segments/preview", _preview),
    route("GET", "/v1/segments/{slug}", _segment),
    route("DELETE", "/v1/segments/{slug}", _remove),
    route("GET", "/v1/segments/{slug}/members", _members),
    route("GET", "/v1/segments/{slug}/members.csv", _export),
    route("GET", "/v1/segments/{slug}/trend", _trend),
    route("GET", "/v1/segments/{slug}/versions", _versions),
    route("GET", "/v1/segments/{slug}/diff", _diff),
    route("POST", "/v1/segments/{slug}/restore", _restore),
]
