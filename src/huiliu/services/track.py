"""Keeps memberships exact as facts change: only what a change mentions is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from huiliu.conditions import Mentions
from huiliu.kernel.events import Flag, Kind, NewEvent
from huiliu.kernel.facts import Facts, Projected
from huiliu.kernel.ids import digest, profile_id_from_position
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Change, Listening, Segment, Standing
from huiliu.segments import track as decide
from huiliu.services.live import live

__all__ = ["Looks", "Moved", "look", "membership_events", "retrack", "track"]

#: Profiles to look at, and the segments for which each may have changed, by number.
Looks = Mapping[int, frozenset[int]]

_DECISIONS = frozenset({"$merge", "$unmerge"})
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Moved:
    """What a batch changed of people besides the facts that its events carry themselves."""

    #: Who holds an identifier that was not known before.
    identifiers: Collection[int] = ()
    #: Who came by a channel or device.
    touch: Collection[int] = ()
    #: Whose zone or language a context changed.
    places: Collection[int] = ()
    #: Journey -> those whose runs began or ended.
    journeys: Mapping[str, Collection[int]] = field(default_factory=dict)


def track(
    tx: Tx,
    brand_id: int,
    listening: Listening,
    projected: Sequence[Projected],
    moved: Moved,
    now: int,
) -> list[NewEvent]:
    """Write who enters and leaves segments through these events; return the events that say so.

    Called in the projector's transaction after people, facts and runs are written: membership
    moves with the projector's cursor or not at all. The caller appends the events last.
    """
    touched, loud = _touched(listening, projected, moved)
    if not touched:
        return []
    members = tx.segments.of_profiles(brand_id, touched)
    looks = {}
    for profile, (entering, leaving) in touched.items():
        inside = members.get(profile)
        if inside is None or entering is leaving:
            due = entering
        else:
            numbers = listening.named(inside)
            due = (entering - numbers) | (leaving & numbers)
        if due:
            looks[profile] = due
    if not looks:
        return []
    standing = look(tx, brand_id, listening, looks, now, members)
    quiet = set(looks) - loud
    produced = membership_events(tx, brand_id, standing.changes, now, quiet)
    merged = {one.profile_id for one in projected if one.name == "$merge"}
    return produced + (_kept(tx, brand_id, merged, standing, now) if merged else [])


def retrack(
    tx: Tx, world: World, brand_id: int, profiles: Collection[int], mentions: Mentions, now: int
) -> list[NewEvent]:
    """Look again at people whose facts changed beside the log; return the events that follow.

    Called after the facts are written, in the transaction that writes them, which took the
    projector's cursor before it read anything: nobody else changes facts or memberships
    meanwhile. The caller appends the events last.

    Args:
        tx: the transaction.
        world: the instance.
        brand_id: whose segments.
        profiles: any ids of the people; merged ones stand for whom they are now.
        mentions: what changed: tags, tops, journeys, identifiers or touch.
        now: the present instant.
    """
    tx.log.cursor(PROJECTOR)
    listening = live(tx, world, brand_id).listening
    numbers = listening.of_facts(mentions)
    if not numbers or not profiles:
        return []
    present = sorted(set(tx.people.present(brand_id, profiles).values()))
    standing = look(tx, brand_id, listening, dict.fromkeys(present, numbers), now)
    return membership_events(tx, brand_id, standing.changes, now)


def look(
    tx: Tx,
    brand_id: int,
    listening: Listening,
    looks: Looks,
    now: int,
    members: Mapping[int, set[str]] | None = None,
) -> Standing:
    """Look at profiles, write their memberships and timers, and return what changed.

    `members` are the segments that the profiles are in, where that was read already.
    """
    _, asked = listening.asked(frozenset().union(*set(looks.values())))
    facts = tx.people.facts_of(brand_id, looks, asked, now)
    if members is None:
        members = tx.segments.of_profiles(brand_id, looks)
    standing = decide(_pairs(listening, looks, facts), members, now)
    enters = [(one.segment, one.profile_id) for one in standing.changes if one.enters]
    leaves = [(one.segment, one.profile_id) for one in standing.changes if not one.enters]
    tx.segments.enter(brand_id, enters, now)
    tx.segments.leave(brand_id, leaves)
    tx.segments.set_timers(brand_id, standing.due)
    return standing


def membership_events(
    tx: Tx, brand_id: int, changes: Collection[Change], now: int, historical: Collection[int] = ()
) -> list[NewEvent]:
    """Return an event for each change; those of `historical` profiles trigger nothing live."""
    if not changes:
        return []
    head = tx.log.head()
    return [
        _event(
            brand_id, "Segment Entered" if one.enters else "Segment Exited", one.segment,
            one.profile_id, now, head, historical=one.profile_id in historical,
        )
        for one in changes
    ]  # fmt: skip


def _touched(
    listening: Listening, events: Sequence[Projected], moved: Moved
) -> tuple[dict[int, tuple[frozenset[int], frozenset[int]]], set[int]]:
    """Return what may let whom in, and out, and the people whom not only the past touched."""
    touched: dict[int, tuple[frozenset[int], frozenset[int]]] = {}
    loud: set[int] = set()
    every = listening.every, listening.every
    for one in events:
        # A profile that did nothing yet is in segments of what people did not do.
        is_any = one.name in _DECISIONS or _is_new(one)
        entering, leaving = every if is_any else listening.of_event(one)
        if entering or leaving:
            for profile in _profiles(one):
                before = touched.get(profile)
                touched[profile] = (
                    (entering, leaving)
                    if before is None
                    else (before[0] | entering, before[1] | leaving)
                )
        if one.triggers:
            loud.add(one.profile_id)
    for profiles, hit in _moves(listening, moved):
        for profile in profiles if hit else ():
            entering, leaving = touched.get(profile, (_NONE, _NONE))
            touched[profile] = entering | hit, leaving | hit
    return touched, loud


def _moves(listening: Listening, moved: Moved) -> Iterable[tuple[Collection[int], frozenset[int]]]:
    """Yield people with the segments that ask for what changed of them."""
    yield moved.identifiers, listening.identifiers
    yield moved.touch, listening.touch
    if moved.places:
        yield moved.places, listening.of_traits(("zone", "locale"))
    for slug, profiles in moved.journeys.items():
        yield profiles, listening.journeys.get(slug, _NONE)


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


def _pairs(
    listening: Listening, looks: Looks, facts: Mapping[int, Facts]
) -> Iterable[tuple[Segment, Facts]]:
    """Yield every segment with the facts of each profile to look at."""
    for profile, numbers in looks.items():
        found = facts.get(profile)
        if found is not None:
            for segment in listening.asked(numbers)[0]:
                yield segment, found


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
