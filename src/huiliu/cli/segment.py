"""`huiliu segment`: who is in, why, since when, and what a change would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.asked_segment import Asked, in_file, moment, named_type, read_file, settle
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.segment_answers import (
    applied,
    diff_json,
    diff_lines,
    explained_json,
    explained_lines,
    preview_json,
    preview_lines,
)
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services import audience
from huiliu.services.diff_segments import Side, diff_segments
from huiliu.services.explain_segment import explain_segment
from huiliu.services.external_ids import REVEALING, external_ids
from huiliu.services.find_profile import find_profile, find_profile_by
from huiliu.services.preview_segment import preview_segment
from huiliu.services.publish import publish_segment
from huiliu.services.remove_segment import remove_segment
from huiliu.services.segment_versions import live_segment, roll_back, version_of, versions
from huiliu.services.used_by import used_by

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
#: Who looked, in the list of actions: whoever can open the instance's folder.
_OPERATOR = 0

app = App(name="segment", help=sentence("cli.segment.help"))

Segment_ = Annotated[str, Parameter(name="SEGMENT", help=sentence("cli.segment.asked"))]
Slug = Annotated[str, Parameter(help=sentence("cli.segment.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.segment.file"))]
At = Annotated[str, Parameter(help=sentence("cli.segment.at"))]
DryRun = Annotated[bool, Parameter(negative="", help=sentence("cli.segment.dry_run"))]


@app.command(help=sentence("cli.segment.count.help"))
def count(
    segment: Segment_, /, *, at: At = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Print how many people are in a segment, or would be in the one of a file."""
    asked, then = Asked(segment), moment(at)
    with open_instance(instance) as house:
        house.catch_up()
        found = asked.find(house)
        when = house.world.clock.now() if then is None else then
        n_people = audience.count(house.world, _BRAND, found.condition, then)
    if json:
        emit({"segment": found.slug, "at": show_instant(when), "count": n_people})
    else:
        say(text("segments.count", n=n_people, what=found.sentence()))


@app.command(help=sentence("cli.segment.members.help"))
def members(  # noqa: PLR0913 - one parameter an option
    segment: Segment_,
    /,
    *,
    at: At = "",
    limit: Annotated[int | None, Parameter(help=sentence("cli.segment.limit"))] = None,
    after: Annotated[str, Parameter(help=sentence("cli.segment.after"))] = "",
    external: Annotated[str, Parameter(help=sentence("cli.segment.external"))] = "",
    reveal: Annotated[bool, Parameter(negative="", help=sentence("cli.segment.reveal"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print everybody in a segment, by id, or by a name that other systems know them by."""
    asked, then = Asked(segment), moment(at)
    start, named = _page(limit, after), _named(external, reveal=reveal)
    with open_instance(instance) as house:
        house.catch_up()
        found = asked.find(house)
        when = house.world.clock.now() if then is None else then
        everyone = audience.who(house.world, _BRAND, found.condition, then)
        shown = [profile for profile in everyone if profile > start][:limit]
        names = _names(house, shown, named, found.slug) if named else None
    head = {"segment": found.slug, "at": show_instant(when), "count": len(everyone)}
    if names is None:
        _print_members(head, list(shown), [show_profile_id(one) for one in shown], json=json)
        return
    without = len(shown) - len({profile for profile, _ in names})
    head |= {"external": named.word if named else "", "without": without}
    values: list[object] = [value for _, value in names]
    _print_members(head, values, values, json=json)
    if without and not json:
        say(text("segments.without", n=without, type=external))


@app.command(help=sentence("cli.segment.explain.help"))
def explain(
    segment: Segment_,
    profile: Annotated[str, Parameter(help=sentence("cli.segment.whom"))] = "",
    /,
    *,
    by: Annotated[str, Parameter(help=sentence("cli.profile.by"))] = "",
    at: At = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print why a person is in a segment or not: every part's answer and what it saw."""
    asked, then = Asked(segment), moment(at)
    if bool(profile) == bool(by):
        raise BadInput((Problem("PROFILE", text("profile.one_of")),))
    whom = None if by else find_profile(profile)
    with open_instance(instance) as house:
        house.catch_up()
        found = asked.find(house)
        person = find_profile_by(house.world, _BRAND, by) if whom is None else whom
        answer = explain_segment(house.world, _BRAND, found, person, then)
    if json:
        emit(explained_json(found, answer))
        return
    for line in explained_lines(found, answer):
        say(line)


@app.command(help=sentence("cli.segment.diff.help"))
def diff(
    before: Segment_,
    after: Annotated[str, Parameter(name="OTHER", help=sentence("cli.segment.other"))] = "",
    /,
    *,
    at: At = "",
    since: Annotated[str, Parameter(help=sentence("cli.segment.since"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print who is in one and not in the other: two segments, versions, files or moments."""
    asked, other = Asked(before), Asked(after) if after else None
    then, earlier = moment(at), moment(since, "--since")
    if other is None and not asked.is_file and earlier is None:
        raise BadInput((Problem("OTHER", text("segments.diff_what")),))
    with open_instance(instance) as house:
        house.catch_up()
        first = asked.find(house)
        if other is not None:
            second = other.find(house)
        elif earlier is not None:
            second = first
        else:
            # One file alone is compared with what is live under its name.
            first, second = live_segment(house.world, _BRAND, first.slug), first
        sides = (Side(first, then if earlier is None else earlier), Side(second, then))
        found = diff_segments(house.world, _BRAND, *sides)
        now = house.world.clock.now()
    if json:
        emit(diff_json(sides, found, now))
        return
    for line in diff_lines(sides, found, now):
        say(line)


@app.command(help=sentence("cli.segment.apply.help"))
def apply(
    file: File, /, *, dry_run: DryRun = False, instance: Instance = HERE, json: Json = False
) -> None:
    """Make the segment in a file live: from now on people enter and leave it by themselves."""
    source = read_file(file)
    with open_instance(instance) as house:
        settle(house)
        try:
            _apply(house, source, dry_run=dry_run, json=json)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault


@app.command(help=sentence("cli.segment.rollback.help"))
def rollback(
    slug: Slug,
    version: Annotated[int, Parameter(help=sentence("cli.segment.version"))],
    /,
    *,
    dry_run: DryRun = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make an older version of a segment live again, as a new version."""
    with open_instance(instance) as house:
        settle(house)
        if dry_run:
            source = version_of(house.world, _BRAND, slug, version).source()
            _apply(house, source, dry_run=True, json=json)
        else:
            applied(roll_back(house.world, _BRAND, slug, version, _BY), json=json)


@app.command(name="list", help=sentence("cli.segment.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the live segments and how many people are in each."""
    with open_instance(instance) as house:
        settle(house)
        found = audience.segments(house.world, _BRAND)
    if json:
        emit([
            {
                "segment": one.segment.slug, "name": one.segment.name, "owner": one.segment.owner,
                "version": one.version, "count": one.n_members,
            }
            for one in found
        ])  # fmt: skip
        return
    table(
        [text(f"segments.{word}") for word in ("slug", "members", "owner", "sentence")],
        (
            (one.segment.slug, one.n_members, one.segment.owner, one.segment.sentence())
            for one in found
        ),
    )


@app.command(help=sentence("cli.segment.show.help"))
def show(segment: Segment_, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print a segment's definition, owner, versions and who uses it."""
    asked = Asked(segment)
    with open_instance(instance) as house:
        found = asked.find(house)
        kept = [] if asked.is_file else list(versions(house.world, _BRAND, found.slug))
        users = used_by(house.world, _BRAND, "segment", found.slug)
    if json:
        emit({
            "segment": found.slug, "name": found.name, "owner": found.owner, "note": found.note,
            "sentence": sentence(found.sentence()), "source": found.source(),
            "used_by": [{"kind": one.kind, "slug": one.slug} for one in users],
            "versions": [
                {"version": one.version, "at": show_instant(one.created_at), "by": one.created_by}
                for one in kept
            ],
        })  # fmt: skip
        return
    say(found.source().rstrip("\n"))
    for one in users:
        say(text("segments.used_by", kind=text(f"segments.kind.{one.kind}"), slug=one.slug))
    for document in kept:
        say(text("segments.kept", version=document.version, by=document.created_by,
                 at=show_instant(document.created_at)))  # fmt: skip


@app.command(help=sentence("cli.segment.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a segment that nobody uses out of use; everybody in it leaves."""
    with open_instance(instance) as house:
        settle(house)
        n_left = remove_segment(house.world, _BRAND, slug)
    if json:
        emit({"segment": slug, "left": n_left})
    else:
        say(text("segments.removed", slug=slug, n=n_left))


def _apply(house: House, source: str | bytes, *, dry_run: bool, json: bool) -> None:
    """Apply a definition, or tell what that would do."""
    if not dry_run:
        applied(publish_segment(house.world, _BRAND, source, _BY), json=json)
        return
    found = preview_segment(house.world, _BRAND, source)
    if json:
        emit(preview_json(found))
        return
    for line in preview_lines(found):
        say(line)


def _page(limit: int | None, after: str) -> int:
    """Return the id behind which a page begins; raise BadInput where there is no such page."""
    problems = []
    if limit is not None and limit < 1:
        problems.append(Problem("--limit", text("segments.want_limit")))
    start = parse_profile_id(after) if after else -1
    if start is None:
        problems.append(Problem("--after", text("profile.no_id", written=after)))
    if problems:
        raise BadInput(tuple(problems))
    return -1 if start is None else start


def _named(external: str, *, reveal: bool) -> IdentifierType | None:
    """Return which identifier is asked for; one that reaches a person must be meant."""
    if not external:
        return None
    found = named_type(external)
    if found in REVEALING and not reveal:
        raise BadInput((Problem("--external", text("segments.must_reveal", type=found.word)),))
    return found


def _names(
    house: House, profiles: list[int], type_: IdentifierType, slug: str
) -> list[tuple[int, str]]:
    """Return the identifiers of people, with whose each is."""
    found = external_ids(
        house.world, _BRAND, profiles, type_, purpose=f"segment {slug}", user_id=_OPERATOR
    )
    return list(found)


def _print_members(
    head: dict[str, object], ids: list[object], words: list[object], *, json: bool
) -> None:
    """Print people: all in one value, or one a line."""
    if json:
        emit(head | {"profile_ids": ids})
        return
    for word in words:
        say(str(word))
