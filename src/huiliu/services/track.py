"""Keeps memberships exact as events are projected: only what an event mentions is looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from huiliu.conditions import Mentions
from huiliu.kernel.events import Flag, Kind, NewEvent
from huiliu.kernel.facts import Facts, Projected
from huiliu.kernel.ids import digest, profile_id_from_position
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Change, Segment, Standing
from huiliu.segments import track as decide
from huiliu.services.live import live

__all__ = ["Looks", "look", "membership_events", "track"]

#: Profiles to look at, and the segments for which each may have changed.
Looks = Mapping[int, Collection[Segment]]

_DECISIONS = frozenset({"$merge", "$unmerge"})
_NONE: frozenset[int] = frozenset()


def track(tx: Tx, world: World, projected: Sequence[Projected], now: int) -> list[NewEvent]:
    """Write who enters and leaves segments through these events; return the events that say so.

    Called in the projector's transaction after people and facts are written: membership moves
    with the projector's cursor or not at all. The caller appends the events last.
    """
    produced: list[NewEvent] = []
    of_brand: dict[int, list[Projected]] = defaultdict(list)
    for one in projected:
        of_brand[one.event.brand_id].append(one)
    for brand_id, events in of_brand.items():
        segments = live(tx, world, brand_id).segments
        if segments:
            produced += _track_brand(tx, brand_id, list(segments.values()), events, now)
    return produced


def look(tx: Tx, brand_id: int, looks: Looks, now: int) -> Standing:
    """Look at profiles, write their memberships and timers, and return what changed."""
    segments = {each.slug: each for some in looks.values() for each in some}
    asked = Mentions()
    for each in segments.values():
        asked |= each.condition.mentions
    facts = tx.people.facts(brand_id, looks, asked.events, asked.oldest(now))
    members = tx.segments.of_profiles(brand_id, looks)
    standing = decide(_pairs(looks, facts), members, now)
    enters = [(one.segment, one.profile_id) for one in standing.changes if one.enters]
    leaves = [(one.segment, one.profile_id) for one in standing.changes if not one.enters]
    tx.segments.enter(brand_id, enters, now)
    tx.segments.leave(brand_id, leaves)
    tx.segments.set_timers(brand_id, standing.due)
    return standing


def membership_events(
    tx: Tx, brand_id: int, changes: Iterable[Change], now: int, historical: Collection[int] = ()
) -> list[NewEvent]:
    """Return an event for each change; those of `historical` profiles trigger nothing live."""
    head = tx.log.head()
    return [
        _event(
            brand_id, "Segment Entered" if one.enters else "Segment Exited", one.segment,
            one.profile_id, now, head, historical=one.profile_id in historical,
        )
        for one in changes
    ]  # fmt: skip


def _track_brand(
    tx: Tx, brand_id: int, segments: Sequence[Segment], events: Sequence[Projected], now: int
) -> list[NewEvent]:
    """Track the events of one brand."""
    looks, quiet = _touched(segments, events)
    if not looks:
        return []
    standing = look(tx, brand_id, looks, now)
    produced = membership_events(tx, brand_id, standing.changes, now, quiet)
    merged = {one.profile_id for one in events if one.name == "$merge"}
    return produced + (_kept(tx, brand_id, merged, standing, now) if merged else [])


def _touched(
    segments: Sequence[Segment], events: Sequence[Projected]
) -> tuple[dict[int, list[Segment]], set[int]]:
    """Return what to look at, and the profiles that only historical events touched."""
    by_event, by_trait, everywhere = _index(segments)
    every = frozenset(range(len(segments)))
    touched: dict[int, frozenset[int]] = {}
    loud: set[int] = set()
    for one in events:
        # A profile that did nothing yet is in segments of what people did not do.
        if one.name in _DECISIONS or _is_new(one):
            hit = every
        else:
            hit = by_event.get(one.name, everywhere)
            for name in one.traits:
                hit |= by_trait.get(name, _NONE)
        if hit:
            for profile in _profiles(one):
                before = touched.get(profile)
                touched[profile] = hit if before is None else before | hit
                if one.triggers:
                    loud.add(profile)
    # Most people share what touched them, and with it the list.
    lists = {hit: [segments[n] for n in sorted(hit)] for hit in set(touched.values())}
    looks = {profile: lists[hit] for profile, hit in touched.items()}
    return looks, set(looks) - loud


def _index(
    segments: Sequence[Segment],
) -> tuple[dict[str, frozenset[int]], dict[str, frozenset[int]], frozenset[int]]:
    """Return the numbers of the segments that mention an event, a trait, a zone or language.

    A context may tell the zone and the language with any event, so those are with every event.
    """
    by_event: dict[str, set[int]] = defaultdict(set)
    by_trait: dict[str, set[int]] = defaultdict(set)
    for number, segment in enumerate(segments):
        for name in segment.condition.mentions.events:
            by_event[name].add(number)
        for name in segment.condition.mentions.traits:
            by_trait[name].add(number)
    everywhere = frozenset(by_trait["zone"] | by_trait["locale"])
    return (
        {name: everywhere | numbers for name, numbers in by_event.items()},
        {name: frozenset(numbers) for name, numbers in by_trait.items()},
        everywhere,
    )


def _profiles(one: Projected) -> tuple[int, ...]:
    """Return whose facts an event changed; an unmerge changes those of two."""
    if one.name == "$unmerge":
        into = one.properties.get("to")
        return (one.profile_id, into) if isinstance(into, int) else (one.profile_id,)
    return (one.profile_id,)


def _is_new(one: Projected) -> bool:
    """Say whether this event was the first that was ever seen of its person."""
    event = one.event
    return one.profile_id == profile_id_from_position(event.partition, event.offset)


def _pairs(looks: Looks, facts: Mapping[int, Facts]) -> Iterable[tuple[Segment, Facts]]:
    """Yield every segment with the facts of each profile to look at."""
    for profile, segments in looks.items():
        if profile in facts:
            for segment in segments:
                yield segment, facts[profile]


def _kept(
    tx: Tx, brand_id: int, merged: Collection[int], standing: Standing, now: int
) -> list[NewEvent]:
    """Return `Segment Kept` events of merged persons: one of the two was a member, so both are.

    Without them whoever folds the log by position would let an older exit of the other stand.
    """
    entered = {(one.segment, one.profile_id) for one in standing.changes if one.enters}
    head = tx.log.head()
    return [
        _event(brand_id, "Segment Kept", segment, profile, now, head, historical=True)
        for profile, segments in sorted(tx.segments.of_profiles(brand_id, merged).items())
        for segment in sorted(segments)
        if (segment, profile) not in entered
    ]


def _event(  # noqa: PLR0913 - the parts of an id
    brand_id: int, name: str, segment: str, profile: int, now: int, head: int, *, historical: bool
) -> NewEvent:
    """Return one of Huiliu's own events about a membership.

    The head of the log makes its key its own: whatever changed before has moved the head.
    """
    return NewEvent(
        brand_id=brand_id,
        message_key=digest(name, brand_id, segment, profile, now, head),
        received_at=now,
        occurred_at=now,
        name=name,
        kind=Kind.INTERNAL,
        identifiers=(),
        subject=None,
        flags=int(Flag.HISTORICAL) if historical else 0,
        body=msgspec.json.encode({"profile_id": profile, "properties": {"segment": segment}}),
    )
