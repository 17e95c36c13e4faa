"""Replays a brand's past out of the warehouse: some of its people at a time, in replay order."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import ibis
import msgspec
import pyarrow as pa

from huiliu.conditions.population import group_of, moment_literal
from huiliu.journeys.virtual import Brand, Setting
from huiliu.kernel.consents import CONSENT_EVENTS
from huiliu.kernel.facts import TagFact, Value
from huiliu.ports.replay import Past
from huiliu.ports.world import World

__all__ = ["Slice", "Wanted", "replay", "wanted_of"]

#: Kinds of rows of one instant and position, in the order in which they take effect.
_SEEN, _NAMED, _TAGGED, _TOLD, _HAPPENED = range(5)
#: Rows that become Python objects at once.
_BATCH: Final = 20_000
#: Huiliu's own events that say what a journey did: virtual journeys do it themselves.
_INTERNAL: Final = "internal"
_NOTHING: Final[Mapping[str, Value]] = {}
#: Type of a node -> the event of Huiliu's own that it causes.
_CAUSED: Final = {"set_tag": "Tag Set", "experiment": "Experiment Viewed"}

#: (replay_at, position, kind, profile_id, name, occurred_at, value, kind of the event).
_Row = tuple[int, int, int, int, str, int, Any, str]

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the people: those whose number leaves this rest."""

    nth: int
    of: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the past can matter."""

    #: Canonical names of events.
    events: frozenset[str]
    traits: frozenset[str]
    tags: frozenset[str]
    identifiers: bool
    #: Whether it matters when somebody was seen first.
    people: bool
    #: Names of events that journeys of this setting cause themselves.
    own_events: frozenset[str]
    #: Segments whose members come and go by themselves.
    own_segments: frozenset[str]
    #: Runs that journeys of this setting had live.
    own_runs: frozenset[str]
    #: No event older than this can matter, beyond those of `always`; 0 = all may.
    since: int
    always: frozenset[str]


def wanted_of(setting: Setting, start: int, own_runs: Collection[str]) -> Wanted:
    """Return what of the past can matter to a virtual brand."""
    asked = setting.asked
    caused = set()
    for journey in setting.journeys:
        for node in journey.nodes.values():
            tree = node.tree()
            if node.type == "emit":
                caused.add(str(tree.get("event")))
            elif node.type in _CAUSED:
                caused.add(_CAUSED[node.type])
    telling = frozenset({*CONSENT_EVENTS, "Message Sent"}) if setting.rules else frozenset()
    reactions = frozenset(
        {"Message Delivered", "Message Opened", "Message Clicked", "Message Failed"}
        if setting.known_messages
        else ()
    )
    keyed = frozenset().union(
        *(journey.fact_events for journey in setting.journeys if journey.entry.key)
    )
    traits = asked.traits
    if setting.rules is not None:
        traits |= {"zone", *(trait for trait in setting.addresses.values() if trait)}
    return Wanted(
        events=frozenset(name for name in setting.heard | telling | reactions if name),
        traits=traits,
        tags=asked.tags,
        identifiers=asked.identifiers or bool(setting.suppressed),
        people=bool(setting.segments)
        or any(journey.entry.schedule is not None for journey in setting.journeys),
        own_events=frozenset(caused),
        own_segments=frozenset(segment.slug for segment in setting.segments),
        own_runs=frozenset(own_runs),
        since=0 if asked.ever else asked.oldest(start),
        always=frozenset(CONSENT_EVENTS) | keyed,
    )


def replay(world: World, brand: Brand, wanted: Wanted, part: Slice) -> int:
    """Let a virtual brand live through a slice of the past; return how many events it met."""
    past = world.warehouse.past(brand.setting.brand_id)
    n_events = 0
    pending: _Pending | None = None
    hear = brand.hear
    for at, position, kind, who, name, occurred_at, value, call in _rows(
        world, past, wanted, part, brand.end
    ):
        if pending is not None and not pending.is_of(kind, who, at, position):
            pending.flush(brand)
            pending = None
        if kind == _HAPPENED:
            n_events += 1
            properties = _decode(value)
            if call == _INTERNAL and _is_own(wanted, name, properties):
                continue
            traits = _NOTHING
            if pending is not None:
                traits, pending = pending.traits, None
            hear(who, name, occurred_at, at, properties, traits)
        elif kind == _TOLD:
            pending = pending or _Pending(who, at, position, occurred_at, {})
            pending.traits[name] = None if value is None else _decode(value)
        elif kind == _SEEN:
            brand.see(who, at)
        elif kind == _NAMED:
            brand.name(who, name, value, at)
        else:
            written, expires_at = value
            fact = None if written is None else TagFact(_decode(written), at, expires_at)
            brand.tag(who, name, fact, at)
    if pending is not None:
        pending.flush(brand)
    return n_events


@dataclass(slots=True)
class _Pending:
    """Traits of one event, until all of them were read."""

    who: int
    at: int
    position: int
    occurred_at: int
    traits: dict[str, Value]

    def is_of(self, kind: int, who: int, at: int, position: int) -> bool:
        """Say whether a row belongs to the same event."""
        same = (who, at, position) == (self.who, self.at, self.position)
        return same and kind in {_TOLD, _HAPPENED}

    def flush(self, brand: Brand) -> None:
        """Let the traits be set by an event that nobody asked for by its name."""
        brand.hear(self.who, "$identify", self.occurred_at, self.at, _NOTHING, self.traits)


def _is_own(wanted: Wanted, name: str, properties: Mapping[str, Value]) -> bool:
    """Say whether an event of Huiliu's own is told again by the virtual brand itself."""
    if name in wanted.own_events:
        return True
    if name in {"Segment Entered", "Segment Exited"}:
        return properties.get("segment") in wanted.own_segments
    return name == "Journey Called" and properties.get("run") in wanted.own_runs


def _rows(world: World, past: Past, wanted: Wanted, part: Slice, until: int) -> Iterator[_Row]:
    """Yield all rows of a slice in the order in which virtual time meets them."""
    streams = [_events(world, past, wanted, part, until)]
    if wanted.people:
        streams.append(_people(world, past, part, until))
    if wanted.identifiers:
        streams.append(_identifiers(world, past, part, until))
    if wanted.tags:
        streams.append(_tags(world, past, wanted.tags, part, until))
    if wanted.traits:
        streams.append(_traits(world, past, wanted.traits, part, until))
    if len(streams) == 1:
        return streams[0]
    return heapq.merge(*streams, key=_order)


def _order(row: _Row) -> tuple[int, int, int]:
    """Return what rows are ordered by."""
    return row[:3]


def _sliced(rows: ibis.Table, part: Slice, until: int) -> ibis.Table:
    """Return the rows of a slice that virtual time meets before an instant."""
    rows = rows.filter(rows.replay_at < moment_literal(until))
    return rows if part.of == 1 else rows.filter(group_of(rows.profile_id, part.of) == part.nth)


def _read(world: World, rows: ibis.Table, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield rows as tuples, instants as microseconds."""
    found = world.warehouse.run(rows.select(*columns))
    for batch in found.to_batches(max_chunksize=_BATCH):
        yield from zip(*(_plain(column) for column in batch.columns), strict=True)


def _plain(column: pa.Array) -> list[Any]:
    """Return a column as Python objects."""
    is_moment = pa.types.is_timestamp(column.type)
    found: list[Any] = (column.cast(pa.int64()) if is_moment else column).to_pylist()
    return found


def _events(world: World, past: Past, wanted: Wanted, part: Slice, until: int) -> Iterator[_Row]:
    """Yield events."""
    rows = past.events
    rows = rows.filter(rows.name.isin(sorted(wanted.events)))
    if wanted.since:
        is_young = rows.replay_at >= moment_literal(wanted.since)
        rows = rows.filter(is_young | rows.name.isin(sorted(wanted.always)))
    rows = _sliced(rows, part, until).order_by("replay_at", "position")
    columns = ("replay_at", "position", "profile_id", "name", "occurred_at", "value", "kind")
    # Whole rows out of whole columns: events are nearly all that there is.
    found = world.warehouse.run(rows.select(*columns))
    for batch in found.to_batches(max_chunksize=_BATCH):
        at, position, who, name, occurred_at, value, kind = map(_plain, batch.columns)
        yield from zip(
            at, position, repeat(_HAPPENED, len(at)), who, name, occurred_at, value, kind,
            strict=True,
        )  # fmt: skip


def _people(world: World, past: Past, part: Slice, until: int) -> Iterator[_Row]:
    """Yield who was seen first when."""
    rows = _sliced(past.people, part, until).order_by("replay_at", "profile_id")
    for at, who in _read(world, rows, "replay_at", "profile_id"):
        yield at, 0, _SEEN, who, "", at, None, ""


def _identifiers(world: World, past: Past, part: Slice, until: int) -> Iterator[_Row]:
    """Yield identifiers as they became known."""
    rows = _sliced(past.identifiers, part, until).order_by("replay_at", "profile_id", "value")
    for at, who, name, value in _read(world, rows, "replay_at", "profile_id", "name", "value"):
        yield at, 0, _NAMED, who, name, at, value, ""


def _tags(
    world: World, past: Past, slugs: Collection[str], part: Slice, until: int
) -> Iterator[_Row]:
    """Yield values of tags as they were set."""
    rows = past.tags
    rows = rows.filter(rows.name.isin(sorted(slugs)))
    rows = _sliced(rows, part, until).order_by("replay_at", "profile_id", "name")
    columns = ("replay_at", "profile_id", "name", "value", "expires_at")
    for at, who, name, value, expires_at in _read(world, rows, *columns):
        yield at, 0, _TAGGED, who, name, at, (value, expires_at), ""


def _traits(
    world: World, past: Past, names: Collection[str], part: Slice, until: int
) -> Iterator[_Row]:
    """Yield values of traits as they were set."""
    rows = past.traits
    rows = rows.filter(rows.name.isin(sorted(names)))
    rows = _sliced(rows, part, until).order_by("replay_at", "position", "name")
    columns = ("replay_at", "position", "profile_id", "name", "occurred_at", "value")
    for at, position, who, name, occurred_at, value in _read(world, rows, *columns):
        yield at, position, _TOLD, who, name, occurred_at, value, ""
