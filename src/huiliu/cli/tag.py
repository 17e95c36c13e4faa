"""`huiliu tag`: apply, compute, refresh and look into computed traits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.asked_segment import in_file, moment, named_type, read_file, settle
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, progress, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND, show_duration, show_instant
from huiliu.services.apply_tag import read_tag, shipped
from huiliu.services.compute_tag import ComputedTag, compute_tag, find_tag
from huiliu.services.external_ids import REVEALING, external_ids
from huiliu.services.look_at_tags import TagRow, list_tags, show_tag, spread
from huiliu.services.publish import publish_tags
from huiliu.services.refresh_tags import Refreshed, refresh_tags
from huiliu.services.remove_tag import remove_tag
from huiliu.services.store_documents import Published
from huiliu.tags import Tag

__all__ = ["app"]

_BRAND = 1
_SHOWN = 20

app = App(name="tag", help=sentence("cli.tag.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.tag.slug"))]


@app.command(help=sentence("cli.tag.compute.help"))
def compute(
    tag: Annotated[str, Parameter(help=sentence("cli.tag.named"))],
    /,
    *,
    at: Annotated[str, Parameter(help=sentence("cli.tag.at"))] = "",
    external: Annotated[str, Parameter(help=sentence("cli.tag.external"))] = "",
    reveal: Annotated[bool, Parameter(negative="", help=sentence("cli.segment.reveal"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Compute everybody's value without storing it: now, or as of any moment of the log."""
    type_ = named_type(external) if external else None
    if type_ in REVEALING and not reveal:
        raise BadInput((Problem("--external", text("segments.must_reveal", type=external)),))
    as_of = moment(at)
    source = None if is_slug(tag) else read_file(Path(tag))
    with open_instance(instance) as house:
        found = _tag(house, tag, source)
        house.catch_up()
        done = compute_tag(house.world, _BRAND, found, as_of)
        named = {str(profile): value for profile, value in done.values.items()}
        if type_ is not None:
            known = external_ids(
                house.world, _BRAND, list(done.values), type_, purpose=f"tag {found.slug}",
                user_id=0,
            )  # fmt: skip
            named = {name: done.values[profile] for profile, name in known}
    if json:
        emit({
            "tag": done.tag.slug, "at": show_instant(done.at), "count": len(done.values),
            "values": named, "published": dict(done.published),
        })  # fmt: skip
        return
    _tell(done, named if type_ is not None else None)


@app.command(help=sentence("cli.tag.apply.help"))
def apply(
    *words: Annotated[str, Parameter(help=sentence("cli.tag.words"))],
    library: Annotated[
        bool, Parameter(name="--library", negative="", help=sentence("cli.tag.library"))
    ] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make tags live, from files or from the library; they are computed at once."""
    if not words and not library:
        raise BadInput((Problem("FILE", text("tags.what")),))
    sources = [] if library else [(word, read_file(Path(word))) for word in words]
    with open_instance(instance) as house:
        if library:
            tags = list(shipped(house.world, _BRAND, words).values())
        else:
            tags = [_read(house, word, source) for word, source in sources]
        done = publish_tags(house.world, _BRAND, sorted(tags, key=lambda tag: tag.slug), "cli")
        if not house.attached:
            # Where a `serve` runs, its worker computes them.
            house.catch_up()
            _refresh(house, [one.slug for one in done if one.is_new])
    if json:
        emit([_applied(one) for one in done])
        return
    for one in done:
        key = "tags.applied" if one.is_new else "tags.stands"
        say(text(key, tag=one.slug, version=one.version))


@app.command(name="list", help=sentence("cli.tag.list.help"))
def list_(
    *,
    library: Annotated[
        bool, Parameter(name="--library", negative="", help=sentence("cli.tag.list.library"))
    ] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the live tags and how fresh each is, or what the library has to offer."""
    with open_instance(instance) as house:
        if library:
            offered = shipped(house.world, _BRAND)
        else:
            house.catch_up()
            rows = list_tags(house.world, _BRAND)
    if library:
        _offer([offered[slug] for slug in sorted(offered)], as_json=json)
        return
    if json:
        emit([_row(row) for row in rows])
        return
    headings = ("slug", "name", "category", "values", "coverage", "computed", "due", "state")
    table(
        [text(f"tags.column.{name}") for name in headings],
        (
            (
                row.tag.slug, _named(row.tag), text(f"tags.category.{row.tag.category}"),
                row.state.n_values, "" if row.coverage is None else f"{row.coverage:.1%}",
                _at(row.state.computed_at), _at(row.state.due_at),
                text(f"tags.state.{row.how}"),
            )
            for row in rows
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.tag.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one tag: what it means, what it hangs on, who uses it, how its values are spread."""
    with open_instance(instance) as house:
        settle(house)
        found = show_tag(house.world, _BRAND, slug)
        spreading = spread(house.world, _BRAND, slug)
    tag, lineage = found.row.tag, found.row.tag.lineage
    if json:
        emit(_row(found.row) | {
            "source": tag.source(),
            "reads": {
                "events": found.events, "traits": sorted(lineage.traits),
                "tags": sorted(lineage.tags),
            },
            "used_by": [{"kind": one.kind, "slug": one.slug} for one in found.users],
            "published": dict(found.refreshes[0].published) if found.refreshes else {},
            "refreshes": [
                {
                    "at": show_instant(one.at), "version": one.version, "values": one.n_values,
                    "changed": one.n_changed, "seconds": one.took_us / SECOND,
                }
                for one in found.refreshes
            ],
            "spread": [{"value": bar.label, "people": bar.n} for bar in spreading.bars],
            "figures": spreading.facts,
        })  # fmt: skip
        return
    facts = [
        ("name", _named(tag)), ("definition", _in_words(tag.definition)),
        ("category", text(f"tags.category.{tag.category}")),
        ("type", text(f"tags.type.{tag.type}")),
        ("owner", tag.owner or "-"), ("refresh", show_duration(tag.refresh)),
        ("ttl", show_duration(tag.ttl) if tag.ttl else "-"),
        ("computed", _at(found.row.state.computed_at)), ("due", _at(found.row.state.due_at)),
        ("state", text(f"tags.state.{found.row.how}")), ("values", found.row.state.n_values),
        (
            "reads",
            ", ".join([*found.events, *sorted(lineage.traits), *sorted(lineage.tags)]) or "-",
        ),
        ("used_by", ", ".join(f"{one.kind} {one.slug}" for one in found.users) or "-"),
    ]  # fmt: skip
    table(("", ""), [(text(f"tags.column.{name}"), value) for name, value in facts])
    table(
        (text("tags.column.value"), text("tags.column.people")),
        ((bar.label, bar.n) for bar in spreading.bars),
    )


@app.command(help=sentence("cli.tag.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a tag out of use; refused while a segment, a journey or another tag reads it."""
    with open_instance(instance) as house:
        house.catch_up()
        n_gone = remove_tag(house.world, _BRAND, slug)
    if json:
        emit({"tag": slug, "removed": True, "values": n_gone})
    else:
        say(text("tags.removed", tag=slug, n=n_gone))


@app.command(help=sentence("cli.tag.refresh.help"))
def refresh(
    *slugs: Annotated[str, Parameter(help=sentence("cli.tag.slugs"))],
    instance: Instance = HERE,
    json: Json = False,
) -> int:
    """Compute tags now, due or not; without slugs every one that is applied."""
    with open_instance(instance) as house:
        house.catch_up()
        done = _refresh(house, slugs)
        if not house.attached:
            house.catch_up()
    if json:
        emit([_refreshed(one) for one in done])
    else:
        headings = ("slug", "values", "changed", "carried", "seconds", "fault")
        table(
            [text(f"tags.column.{name}") for name in headings],
            (
                (one.slug, one.n_values, one.n_changed, one.n_carried,
                 f"{one.took_us / SECOND:.2f}", one.fault)
                for one in done
            ),
        )  # fmt: skip
    return 1 if any(one.fault for one in done) else 0


def _refresh(house: House, slugs: tuple[str, ...] | list[str]) -> list[Refreshed]:
    """Compute tags, telling each on standard error."""
    return refresh_tags(
        house.world, _BRAND, slugs, lambda slug: progress(text("tags.computed", tag=slug))
    )


def _tag(house: House, word: str, source: bytes | None) -> Tag:
    """Return the tag of a slug or of a file's content."""
    return find_tag(house.world, _BRAND, word) if source is None else _read(house, word, source)


def _read(house: House, word: str, source: bytes) -> Tag:
    """Return the tag of a file; raise BadInput with the file's name before each path."""
    try:
        return read_tag(house.world, _BRAND, source)
    except BadInput as fault:
        raise in_file(word, fault) from fault


def _tell(done: ComputedTag, named: Mapping[str, Value] | None) -> None:
    """Print how many people have a value, and the first of them."""
    say(text("tags.count", tag=done.tag.slug, n=len(done.values), at=show_instant(done.at)))
    shown = named or {show_profile_id(who): value for who, value in done.values.items()}
    table(
        (text("segments.profile"), text("tags.column.value")),
        list(shown.items())[:_SHOWN],
    )
    if len(shown) > _SHOWN:
        say(text("tags.more", n=len(shown) - _SHOWN))


def _offer(tags: list[Tag], *, as_json: bool) -> None:
    """Print what the library has to offer."""
    if as_json:
        emit([_described(tag) for tag in tags])
        return
    table(
        [text(f"tags.column.{name}") for name in ("slug", "name", "category", "definition")],
        (
            (
                tag.slug,
                _named(tag),
                text(f"tags.category.{tag.category}"),
                _in_words(tag.definition),
            )
            for tag in tags
        ),
    )


def _described(tag: Tag) -> dict[str, object]:
    """Return what a tag says of itself."""
    return {
        "tag": tag.slug, "name": tag.name, "definition": tag.definition,
        "category": tag.category, "owner": tag.owner, "type": tag.type,
        "refresh": show_duration(tag.refresh),
        "ttl": show_duration(tag.ttl) if tag.ttl else None,
    }  # fmt: skip


def _row(row: TagRow) -> dict[str, object]:
    """Return one tag and how it fares as data."""
    state = row.state
    return _described(row.tag) | {
        "version": row.document.version, "count": state.n_values, "coverage": row.coverage,
        "computed_at": show_instant(state.computed_at) if state.computed_at else None,
        "seconds": state.took_us / SECOND, "changed": state.n_changed,
        "due_at": show_instant(state.due_at), "overdue": row.overdue,
        "fault": state.fault or None,
    }  # fmt: skip


def _applied(one: Published) -> dict[str, object]:
    """Return what applying did as data."""
    return {"tag": one.slug, "version": one.version, "is_new": one.is_new}


def _refreshed(one: Refreshed) -> dict[str, object]:
    """Return what a refresh did as data."""
    return {
        "tag": one.slug, "at": show_instant(one.at), "count": one.n_values,
        "changed": one.n_changed, "carried": one.n_carried, "seconds": one.took_us / SECOND,
        "fault": one.fault or None,
    }  # fmt: skip


def _named(tag: Tag) -> str:
    """Return a tag's name in the language of the command line."""
    return _in_words(tag.name) or tag.slug


def _in_words(words: Mapping[str, str]) -> str:
    """Return the words of the command line's language, else those of any."""
    return str(words.get(language()) or next(iter(words.values()), ""))


def _at(instant: int) -> str:
    """Return an instant; nothing where there was none."""
    return show_instant(instant) if instant else "-"
