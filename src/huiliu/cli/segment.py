"""`huiliu segment`: count, apply and look into segments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.services import audience
from huiliu.services.apply_segment import apply_segment

__all__ = ["app"]

_BRAND = 1
_PAGE = 100

app = App(name="segment", help=sentence("cli.segment.help"))

File = Annotated[Path, Parameter(help=sentence("cli.segment.file"))]


@app.command(help=sentence("cli.segment.count.help"))
def count(
    file: File,
    /,
    *,
    at: Annotated[str, Parameter(help=sentence("cli.segment.at"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print how many people meet the segment in a file, which need not be applied."""
    source = _read(file)
    with open_instance(instance) as house:
        segment = audience.read_segment(house.world, _BRAND, source)
        moment = _moment(at) if at else None
        house.catch_up()
        n_people = audience.count(house.world, _BRAND, segment.condition, moment)
    if json:
        emit({"count": n_people})
    else:
        say(text("segments.count", n=n_people, what=segment.sentence()))


@app.command(help=sentence("cli.segment.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make the segment in a file live: from now on people enter and leave it by themselves."""
    source = _read(file)
    with open_instance(instance) as house:
        house.catch_up()
        done = apply_segment(house.world, _BRAND, source, "cli")
    if json:
        emit({
            "segment": done.segment.slug, "version": done.version, "members": done.n_members,
            "entered": done.n_entered, "left": done.n_left,
        })  # fmt: skip
    else:
        say(text("segments.applied", slug=done.segment.slug, version=done.version,
                 n=done.n_members, entered=done.n_entered, left=done.n_left))  # fmt: skip


@app.command(name="list", help=sentence("cli.segment.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the live segments and how many people are in each."""
    with open_instance(instance) as house:
        house.catch_up()
        found = audience.segments(house.world, _BRAND)
    if json:
        emit([
            {"segment": one.segment.slug, "name": one.segment.name, "count": one.n_members}
            for one in found
        ])  # fmt: skip
        return
    table(
        (text("segments.slug"), text("segments.members"), text("segments.sentence")),
        ((one.segment.slug, one.n_members, one.segment.sentence()) for one in found),
    )


@app.command(help=sentence("cli.segment.members.help"))
def members(
    segment: Annotated[str, Parameter(help=sentence("cli.segment.slug"))],
    /,
    *,
    limit: Annotated[int, Parameter(help=sentence("cli.segment.limit"))] = _PAGE,
    after: Annotated[str, Parameter(help=sentence("cli.segment.after"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print a page of the people in a live segment, by id."""
    with open_instance(instance) as house:
        house.catch_up()
        start = parse_profile_id(after) if after else None
        found = audience.members(house.world, _BRAND, segment, limit, start)
        now = house.world.clock.now()
    if json:
        emit({
            "segment": segment, "at": show_instant(now), "count": len(found),
            "profile_ids": [profile for profile, _ in found],
        })  # fmt: skip
        return
    table(
        (text("segments.profile"), text("segments.since")),
        ((show_profile_id(profile), show_instant(since)) for profile, since in found),
    )


def _read(file: Path) -> bytes:
    """Return what a file holds; raise NotFound when there is none, BadInput when unreadable."""
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        said = text("segments.no_file", cause=fault.strerror or str(fault))
        raise BadInput((Problem(str(file), said),)) from fault


def _moment(written: str) -> int:
    """Return the instant that a person wrote, in UTC without an offset; else raise BadInput."""
    found = as_instant(written)
    if found is None:
        raise BadInput((Problem("--at", text("conditions.want_moment")),))
    return found
