"""Tells from the raw log alone what is known of everybody: what an oracle is asked about."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

import psycopg
from tests.property.oracle import Happened, Person

from huiliu.kernel.events import Event, Kind
from huiliu.ports.world import World

__all__ = ["Raw", "people_of", "read_raw"]

_ZONES = available_timezones()


@dataclass(frozen=True)
class Raw:
    """The whole log, and the id that each event came with."""

    events: tuple[Event, ...]
    came_with: Mapping[int, int]


def read_raw(world: World, database_url: str, brand_id: int) -> Raw:
    """Return everything that one brand's log holds."""
    with world.store.system() as tx:
        events = tuple(one for one in tx.log.read(0, 0, 1_000_000) if one.brand_id == brand_id)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select log_offset, profile_id from event_profiles where brand_id = %s", (brand_id,)
        ).fetchall()
    return Raw(events, dict(rows))


def people_of(raw: Raw, at: int | None = None) -> dict[int, Person]:
    """Return everybody who is present now, with what was known of them at an instant, or is now."""
    into: dict[int, int] = {}
    for event in raw.events:
        told = json.loads(event.body).get("properties", {})
        if event.name == "$merge":
            into[told["from"]] = told["to"]
        elif event.name == "$unmerge":
            del into[told["from"]]
    of_person: dict[int, list[Event]] = defaultdict(list)
    for event in raw.events:
        profile = raw.came_with.get(event.offset)
        if profile is None or (at is not None and event.replay_at > at):
            continue
        while profile in into:
            profile = into[profile]
        of_person[profile].append(event)
    return {profile: _person(profile, events) for profile, events in of_person.items()}


def _person(profile: int, events: list[Event]) -> Person:
    """Return what some events tell of a person."""
    in_order = sorted(events, key=lambda event: (event.occurred_at, event.offset))
    bodies = {event.offset: json.loads(event.body) for event in events}
    traits: dict[str, Any] = {}
    channels, device = [], None
    for event in in_order:
        body = bodies[event.offset]
        if event.kind is Kind.IDENTIFY:
            traits |= body["traits"] | _zone(body["traits"])
        context = body.get("context", {}) if event.kind is not Kind.INTERNAL else {}
        if "channel" in context:
            channels.append(context["channel"])
        if "device" in context or "os" in context:
            device = context
    happened = [
        Happened(event.occurred_at, event.offset, event.name, bodies[event.offset]["properties"])
        for event in events
        if "properties" in bodies[event.offset]
    ]
    known = {name: value for name, value in traits.items() if value is not None}
    first, last = (channels[0], channels[-1]) if channels else (None, None)
    return Person(profile, happened, known, first, last, device or {})


def _zone(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the zone that traits tell by either of its names."""
    told = traits.get("zone") or traits.get("timezone")
    return {"zone": told} if isinstance(told, str) and told in _ZONES else {}
