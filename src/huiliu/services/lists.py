"""Imported lists: which there are, who is on them, and taking one out of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import msgspec

from huiliu.conditions import Condition, parse
from huiliu.kernel.documents import load
from huiliu.kernel.errors import InUse, NotFound
from huiliu.kernel.events import Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.kernel.times import from_datetime
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.audience import count, who
from huiliu.services.used_by import users_of

__all__ = [
    "ENTERED",
    "KIND",
    "LEFT",
    "ListView",
    "list_members",
    "lists",
    "move",
    "on_list",
    "remove_list",
    "show_list",
]

KIND: Final = "list"
ENTERED: Final = "List Entered"
LEFT: Final = "List Left"
#: Events that hold the log's end at once.
_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class ListView:
    """One imported list."""

    slug: str
    #: By language.
    name: Mapping[str, str]
    owner: str
    n_people: int
    #: When somebody last entered or left; None = never.
    changed_at: int | None


def on_list(slug: str) -> Condition:
    """Return the condition of being on a list."""
    found = parse({"list": slug}, "")
    assert not isinstance(found, tuple)
    return found


def lists(world: World, brand_id: int) -> list[ListView]:
    """Return every list in use, by slug."""
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.all(brand_id, KIND)
    changed = _changed(world, brand_id)
    return [_view(world, one, changed) for one in documents if one.state != "archived"]


def show_list(world: World, brand_id: int, slug: str) -> ListView:
    """Return one list.

    Raises:
        NotFound: there is no such list in use.
    """
    return _view(world, _document(world, brand_id, slug), _changed(world, brand_id))


def list_members(world: World, brand_id: int, slug: str, at: int | None = None) -> list[int]:
    """Return who is on a list, by id, now or as of an instant.

    Raises:
        NotFound: there is no such list in use.
    """
    _document(world, brand_id, slug)
    return who(world, brand_id, on_list(slug), at)


def remove_list(world: World, brand_id: int, slug: str) -> int:
    """Take a list out of use: everybody on it leaves; return how many they were.

    Raises:
        NotFound: there is no such list in use.
        InUse: others name it; all of them are told.
    """
    leaving = list_members(world, brand_id, slug)
    with world.store.transaction(brand_id) as tx:
        users = users_of(tx, brand_id, KIND, slug)
        if users:
            raise InUse(KIND, slug, tuple(f"{one.kind} {one.slug}" for one in users))
        tx.documents.set_state(brand_id, KIND, slug, "archived")
    move(world, brand_id, slug, leaving, LEFT)
    return len(leaving)


def move(world: World, brand_id: int, slug: str, profiles: Sequence[int], name: str) -> None:
    """Write down that known people entered or left a list."""
    now = world.clock.now()
    for start in range(0, len(profiles), _BATCH):
        some = profiles[start : start + _BATCH]
        with world.store.system() as tx:
            tx.log.append([_event(brand_id, slug, profile, name, now) for profile in some])


def _event(brand_id: int, slug: str, profile: int, name: str, now: int) -> NewEvent:
    """Return the event of one person's entering or leaving."""
    return NewEvent(
        brand_id=brand_id,
        message_key=digest(name, brand_id, slug, profile, now),
        received_at=now,
        occurred_at=now,
        name=name,
        kind=Kind.INTERNAL,
        identifiers=(),
        subject=None,
        flags=0,
        body=msgspec.json.encode({"profile_id": profile, "properties": {"list": slug}}),
    )


def _document(world: World, brand_id: int, slug: str) -> Document:
    """Return a list's document; raise NotFound when it is not in use."""
    with world.store.transaction(brand_id) as tx:
        found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    return found


def _changed(world: World, brand_id: int) -> dict[str, int]:
    """Return slug -> when somebody last entered or left."""
    tables = world.warehouse.population(brand_id)
    rows = tables.events.filter(tables.events.name.isin([ENTERED, LEFT]))
    named = rows.mutate(slug=tables.cell(rows.properties, ("list",)).text())
    found = world.warehouse.run(named.group_by("slug").agg(at=named.occurred_at.max()))
    return {row["slug"]: from_datetime(row["at"].replace(tzinfo=UTC)) for row in found.to_pylist()}


def _view(world: World, document: Document, changed: Mapping[str, int]) -> ListView:
    """Return a list as it is shown."""
    tree, slug = load(document.source).tree, document.slug
    name = tree.get("name")
    n_people = count(world, document.brand_id, on_list(slug))
    return ListView(
        slug,
        {str(key): str(word) for key, word in name.items()} if isinstance(name, dict) else {},
        str(tree.get("owner", "")),
        n_people,
        changed.get(slug),
    )
