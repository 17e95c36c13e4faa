"""What happened to one person, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.identity.traits import set_traits
from huiliu.kernel.bodies import read_body
from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import Event, canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World

__all__ = ["Happened", "Timeline", "timeline"]

_PER_PAGE = 50
_OFFSET_BITS = 48


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a person."""

    event: Event
    position: int
    #: The canonical name.
    name: str
    properties: Mapping[str, Value]
    #: The traits it set; None = removed. Personal values are vault tokens.
    traits: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a person's events."""

    profile_id: int
    happened: Sequence[Happened]
    #: What the next page begins below; None on the last.
    next: int | None


def timeline(
    world: World,
    brand_id: int,
    profile_id: int,
    before: int | None = None,
    limit: int = _PER_PAGE,
) -> Timeline:
    """Return a person's events with those of the merged, newest position first.

    Raises:
        NotFound: there is no such person.
    """
    with world.store.transaction(brand_id) as tx:
        present = tx.people.present(brand_id, [profile_id])[profile_id]
        if present not in tx.people.profiles(brand_id, [present]):
            raise NotFound("profile", show_profile_id(profile_id))
        ids = tx.people.histories(brand_id, [present])[present]
        events = tx.people.events(brand_id, ids, before, limit + 1)
    happened = [_happened(event) for event in events[:limit]]
    return Timeline(present, happened, happened[-1].position if len(events) > limit else None)


def _happened(event: Event) -> Happened:
    """Return an event with what it carried."""
    body = read_body(event.body)
    return Happened(
        event=event,
        position=event.partition << _OFFSET_BITS | event.offset,
        name=canonical_name(event.name),
        properties=body.properties,
        traits=set_traits(event.kind, body),
    )
