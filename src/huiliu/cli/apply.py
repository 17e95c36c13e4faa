"""`huiliu apply`: a folder of documents goes live, all of it or nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from huiliu.bootstrap import ENDED_WELL, House, open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, progress, say
from huiliu.cli.people_in_flight import MapFile, Way, choose, read_ways
from huiliu.cli.plan import plan_lines
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.services.apply_folder import apply_folder
from huiliu.services.plan_folder import FolderPlan, plan_folder
from huiliu.services.read_folder import FolderFile, read_folder
from huiliu.services.refresh_tags import refresh_tags
from huiliu.services.store_documents import Published

__all__ = ["apply"]

_BRAND = 1


class _PlannedDocument(msgspec.Struct, frozen=True):
    """One document of a kept plan, as far as it binds."""

    file: str
    state: str
    version: int
    digest: str


class _Planned(msgspec.Struct, frozen=True):
    """A plan that `huiliu plan --json` printed."""

    documents: list[_PlannedDocument]


def apply(  # noqa: PLR0913 - one option for each decision
    folder: Path,
    /,
    *,
    in_flight: Way = "",
    map_file: MapFile = None,
    planned: Annotated[
        Path | None, Parameter(name="--planned", help=sentence("cli.apply.planned"))
    ] = None,
    yes: Annotated[
        bool, Parameter(name="--yes", negative="", help=sentence("cli.apply.yes"))
    ] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make a folder live: everything in it or nothing."""
    read_ways(in_flight, map_file)
    files = read_folder(folder)
    with open_instance(instance) as house:
        house.catch_up()
        plan = plan_folder(house.world, _BRAND, files, read_ways(in_flight, map_file))
        if planned is not None:
            _hold_to(plan, planned)
        if not json:
            for line in plan_lines(plan):
                say(line)
        way = choose(in_flight, sum(one.in_flight.n_in_flight for one in plan.changed
                                    if one.in_flight is not None))  # fmt: skip
        if plan.changed and not yes and not json and not _is_agreed():
            say(text("folder.left"))
            # Nothing is to be written down of it.
            ENDED_WELL.set(None)
            return
        done = apply_folder(house.world, _BRAND, files, plan, "cli", read_ways(way, map_file))
        _compute_tags(house, done)
    if json:
        emit({"documents": [_as_json(one, files, plan) for one in done]})
        return
    if done:
        say(text("folder.applied", n=sum(one.is_new for one in done)))
    for one in done:
        if one.n_in_flight:
            say(text(f"publish.way.{one.in_flight}", n=one.n_in_flight))


def _is_agreed() -> bool:
    """Return whether the one at the terminal wants it; without a terminal the command is enough."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    progress(text("folder.agree"))
    return input("> ").strip().lower() in {"y", "yes", "是", "好"}


def _hold_to(plan: FolderPlan, file: Path) -> None:
    """Raise Conflict where the folder or the instance is not as it was when it was planned.

    Raises:
        NotFound: there is no such file.
        BadInput: it holds no plan.
        Conflict: something changed since.
    """
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=_Planned)
    except OSError as fault:
        raise NotFound("file", str(file)) from fault
    except msgspec.MsgspecError as fault:
        raise BadInput((Problem(str(file), text("folder.no_plan")),)) from fault
    then = {one.file: (one.state, one.version, one.digest) for one in kept.documents}
    now = {one.file: (one.state, one.version, one.digest) for one in plan.documents}
    different = sorted(
        name for name in {*then, *now} if then.get(name, ("same",)) != now.get(name, ("same",))
    )
    if different:
        raise Conflict(", ".join(different), "as planned", "changed since")


def _compute_tags(house: House, done: tuple[Published, ...]) -> None:
    """Compute new tags at once where no `serve` does it."""
    slugs = [one.slug for one in done if one.kind == "tag" and one.is_new]
    if slugs and not house.attached:
        house.catch_up()
        refresh_tags(house.world, _BRAND, slugs)


def _as_json(one: Published, files: list[FolderFile], plan: FolderPlan) -> dict[str, object]:
    """Return what went live as data."""
    names = {(each.kind, each.slug): each.path for each in files}
    before = {(each.kind, each.slug): each.state for each in plan.documents}
    return {
        "kind": one.kind,
        "slug": one.slug,
        "file": names.get((one.kind, one.slug)),
        "state": before.get((one.kind, one.slug)),
        "version": one.version,
        "in_flight": {"n": one.n_in_flight, "way": one.in_flight} if one.n_in_flight else None,
        "members": one.segment.n_members if one.segment is not None else None,
    }
