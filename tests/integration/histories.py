"""Tells from the raw log alone what is known of everybody: what an oracle is asked about."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

import psycopg
from tests.property.oracle_people import Happened, Person

from huiliu.kernel.events import Event, IdentifierType, Kind
from huiliu.ports.world import World

__all__ = ["Raw", "people_of", "read_raw", "turns"]

_ZONES = available_timezones()


@dataclass(frozen=True)
class Raw:
    """The whole log, and the id that each event came with."""

    events: tuple[Event, ...]
    came_with: Mapping[int, int]
    #: (present person, word of the type, key in hexadecimal, offset of the first event with it).
    identifiers: Sequence[tuple[int, str, str, int]]
    #: (id that it was set for, tag, when, value, when it expires): what the last refreshes left.
    tags: Sequence[tuple[int, str, int, Any, int | None]]


def read_raw(world: World, database_url: str, brand_id: int) -> Raw:
    """Return everything that one brand's log holds."""
    with world.store.system() as tx:
        events = tuple(one for one in tx.log.read(0, 0, 1_000_000) if one.brand_id == brand_id)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select log_offset, profile_id from event_profiles where brand_id = %s", (brand_id,)
        ).fetchall()
        held = connection.execute(
            "select profile_id, type, identifier, position from identities where brand_id = %s",
            (brand_id,),
        ).fetchall()
        values = connection.execute(
            "select profile_id, tag, set_at, value, expires_at from tag_values where brand_id = %s",
            (brand_id,),
        ).fetchall()
    named = [
        (profile, IdentifierType(kind).word, bytes(key).hex(), position)
        for profile, kind, key, position in held
    ]
    return Raw(events, dict(rows), named, values)


def people_of(raw: Raw, at: int | None = None) -> dict[int, Person]:
    """Return everybody who is present now, with what was known of them at an instant, or is now."""
    into = _merges(raw.events)
    of_person: dict[int, list[Event]] = defaultdict(list)
    for event in raw.events:
        profile = raw.came_with.get(event.offset)
        if profile is None or (at is not None and event.replay_at > at):
            continue
        of_person[_present(profile, into)].append(event)
    known = {one.offset for one in raw.events if at is None or one.replay_at <= at}
    barred = _barred(one for one in raw.events if one.offset in known)
    found = {profile: _person(profile, events) for profile, events in of_person.items()}
    for profile, kind, key, position in raw.identifiers:
        if profile in found and position in known and key not in barred:
            addresses = found[profile].addresses
            assert isinstance(addresses, dict)
            addresses.setdefault(kind, []).append(key)
    if at is None:
        # The youngest value of all ids stands, of equally young ones that of who stayed.
        for profile, tag, set_at, value, expires_at in sorted(
            raw.tags, key=lambda one: (one[2], one[0] == _present(one[0], into), one[0])
        ):
            del set_at
            tags = found[_present(profile, into)].tags
            assert isinstance(tags, dict)
            tags[tag] = (value, expires_at)
    return found


def _merges(events: Iterable[Event]) -> dict[int, int]:
    """Return the merges that stand: who was merged into whom."""
    into: dict[int, int] = {}
    for event in events:
        if event.name in {"$merge", "$unmerge"}:
            told = json.loads(event.body)["properties"]
            into[told["from"]] = told["to"]
            if event.name == "$unmerge":
                del into[told["from"]]
    return into


def _present(profile: int, into: Mapping[int, int]) -> int:
    """Return who a person is after all merges."""
    while profile in into:
        profile = into[profile]
    return profile


def _barred(events: Iterable[Event]) -> set[str]:
    """Return the addresses that must not be written to, by the last word about each."""
    barred: set[str] = set()
    for event in events:
        if event.name in {"Address Suppressed", "Address Restored"}:
            key = json.loads(event.body)["properties"]["address"]
            (barred.add if event.name == "Address Suppressed" else barred.discard)(key)
    return barred


def turns(raw: Raw) -> set[tuple[str, int]]:
    """Return who is in which segment as the log tells, holding that everything is said once.

    Who enters was outside and who leaves was inside, whatever merged or parted in between.
    """
    last: dict[tuple[str, int], bool] = {}
    inside: set[tuple[str, int]] = set()
    into: dict[int, int] = {}
    for event in raw.events:
        body = json.loads(event.body)
        told = body.get("properties", {})
        if event.name == "$merge":
            into[told["from"]] = told["to"]
            moved = {one for one in inside if one[1] == told["from"]}
            inside = (inside - moved) | {(segment, told["to"]) for segment, _ in moved}
        elif event.name == "$unmerge":
            del into[told["from"]]
            inside = {one for one in inside if one[1] not in {told["from"], told["to"]}}
            for (segment, profile), entered in last.items():
                present = _present(profile, into)
                if present in {told["from"], told["to"]}:
                    (inside.add if entered else inside.discard)((segment, present))
        elif event.name.startswith("Segment "):
            one = told["segment"], body["profile_id"]
            last.pop(one, None)
            last[one] = event.name != "Segment Exited"
            if event.name == "Segment Entered":
                assert one not in inside, (event.offset, one, "enters twice")
                inside.add(one)
            elif event.name == "Segment Exited":
                assert one in inside, (event.offset, one, "leaves twice")
                inside.remove(one)
    return inside


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
