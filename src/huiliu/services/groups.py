"""Communities: groups of people in which one of the staff speaks, and how large they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import local_datetime
from huiliu.planning.platforms import PLATFORMS
from huiliu.ports.board import GroupRow, PieceRow
from huiliu.ports.world import World

__all__ = ["GROUP_FIELDS", "STATES", "GroupView", "list_groups", "put_group", "remove_group",
           "show_group"]  # fmt: skip

STATES: Final = ("open", "full", "closed")
GROUP_FIELDS: Final = (
    "slug", "name", "platform", "owner", "audience", "size", "most", "state", "note",
)  # fmt: skip
_NUMBER: Final = re.compile(r"\d{1,7}")
_LONGEST: Final = {"name": 100, "owner": 100, "note": 2_000, "slug": 80, "audience": 80}
_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class GroupView:
    """One community, how it grew, and what is posted in it."""

    row: GroupRow
    #: (day, size), by day.
    sizes: list[tuple[str, int]]
    posts: list[PieceRow]


def list_groups(world: World, brand_id: int) -> list[GroupRow]:
    """Return every community, by name."""
    with world.store.transaction(brand_id) as tx:
        return tx.board.groups(brand_id)


def show_group(world: World, brand_id: int, slug: str) -> GroupView:
    """Return one community; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.board.group(brand_id, slug)
        posts = [
            one
            for state in ("planned", "made", "published", "measured")
            for one in tx.board.column(brand_id, state, {"group": slug}, _SHOWN)
        ]
        return GroupView(row, tx.board.sizes(brand_id, slug), posts)


def put_group(world: World, brand_id: int, given: Mapping[str, object]) -> tuple[GroupRow, bool]:
    """Store or change a community; its size is kept by day. Returns it, and whether it is new.

    Raises:
        BadInput: with everything that is wrong with it.
    """
    problems = [
        Problem(str(name), text("content.unknown", known=", ".join(GROUP_FIELDS)))
        for name in given
        if name not in GROUP_FIELDS
    ]
    said = {name: str(given.get(name, "") or "").strip() for name in GROUP_FIELDS}
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        problems += _wrong(said)
        if said["audience"]:
            try:
                tx.documents.latest(brand_id, "segment", said["audience"])
            except NotFound:
                no_audience = text("content.no_audience", slug=said["audience"])
                problems.append(Problem("audience", no_audience))
        if problems:
            raise BadInput(tuple(problems))
        row = GroupRow(
            brand_id, said["slug"], said["name"], said["platform"], said["owner"],
            said["audience"], int(said["size"] or 0), int(said["most"] or 0),
            said["state"] or "open", said["note"], now, now,
        )  # fmt: skip
        is_new = tx.board.put_group(row, f"{local_datetime(now, world.zone):%Y-%m-%d}")
    return row, is_new


def remove_group(world: World, brand_id: int, slug: str) -> None:
    """Forget a community; what was posted in it stays. Raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.board.remove_group(brand_id, slug)


def _wrong(said: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with a community's fields."""
    problems = []
    if not is_slug(said["slug"]):
        problems.append(Problem("slug", text("content.no_slug")))
    if not said["name"]:
        problems.append(Problem("name", text("content.no_group_name")))
    known = [one.name for one in PLATFORMS.values() if one.is_group]
    if said["platform"] not in known:
        problems.append(Problem("platform", text("content.no_platform", known=", ".join(known))))
    if said["state"] and said["state"] not in STATES:
        problems.append(Problem("state", text("content.no_state", known=", ".join(STATES))))
    problems += [
        Problem(name, text("content.no_number", found=said[name][:40]))
        for name in ("size", "most")
        if said[name] and not _NUMBER.fullmatch(said[name])
    ]
    problems += [
        Problem(name, text("content.too_long", most=most))
        for name, most in _LONGEST.items()
        if len(said[name]) > most or "\0" in said[name]
    ]
    return problems
