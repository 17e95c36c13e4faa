"""Finds whose events these are: identifiers to profiles, merges decided and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from huiliu.identity.resolve import Merge, Resolver, Sighting
from huiliu.kernel.bodies import Body
from huiliu.kernel.events import Event, Flag, Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.ports.store import Tx

__all__ = ["Matched", "match", "merge_events"]


@dataclass(frozen=True, slots=True)
class Matched:
    """Whose each event of a batch is; events that are nobody's are left out."""

    resolver: Resolver
    #: Offset -> the profile that the event came with.
    came_with: Mapping[int, int]
    #: Offset -> the present profile, after every merge of the batch.
    present: Mapping[int, int]


def match(tx: Tx, brand_id: int, events: Sequence[tuple[Event, Body]]) -> Matched:
    """Return whose the events of one brand are, in log order; nothing is written yet."""
    sightings = {
        event.offset: Sighting(
            event.partition, event.offset, event.occurred_at, event.identifiers,
            event.kind is Kind.ALIAS,
        )
        for event, _ in events
        if event.identifiers
    }  # fmt: skip
    keys = {each.key for sighting in sightings.values() for each in sighting.identifiers}
    places = tx.people.places(brand_id, keys) if keys else {}
    needed = Resolver.needs(sightings.values(), places)
    resolver = Resolver(
        places, tx.people.counts(brand_id, needed), tx.people.apart(brand_id, needed)
    )
    own = {
        event.offset: body.profile_id
        for event, body in events
        if not event.identifiers and body.profile_id
    }
    moved = tx.people.present(brand_id, set(own.values())) if own else {}
    came_with = own | {offset: resolver.resolve(seen) for offset, seen in sightings.items()}
    present = {
        offset: resolver.present(moved.get(profile, profile))
        for offset, profile in came_with.items()
    }
    return Matched(resolver, came_with, present)


def merge_events(
    brand_id: int, merges: Sequence[Merge], flags: Mapping[int, int], now: int
) -> list[NewEvent]:
    """Return the `$merge` events that tell the log what was decided.

    Args:
        brand_id: the brand of them all.
        merges: in the order in which they were decided.
        flags: offset -> flags of the event that caused it: a historical merge triggers nothing.
        now: the instant of receipt.
    """
    return [
        NewEvent(
            brand_id=brand_id,
            message_key=digest("$merge", brand_id, merge.gone, merge.sighting.position),
            received_at=now,
            occurred_at=merge.sighting.occurred_at,
            name="$merge",
            kind=Kind.INTERNAL,
            identifiers=(),
            subject=None,
            flags=flags[merge.sighting.offset] & ~Flag.CLAMPED,
            body=msgspec.json.encode({
                "profile_id": merge.into,
                "properties": {"from": merge.gone, "to": merge.into},
            }),
        )
        for merge in merges
    ]  # fmt: skip
