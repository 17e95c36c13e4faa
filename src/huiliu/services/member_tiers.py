"""Keeps members on their levels: hears what counts, raises at once, lowers when a period ends.

One programme is followed by one loop at a time: its place in the log is locked first, so whoever
counts, moves and gives does it alone, and all of it is committed with that place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from huiliu.kernel.events import Event, NewEvent
from huiliu.kernel.facts import Value
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.tiers import TierState
from huiliu.ports.world import World
from huiliu.rewards.standing import Moved, Standing, benefits_due, stand
from huiliu.rewards.tiers import KIND, Level, Tiers, parsed_tiers
from huiliu.services.message_events import internal_event
from huiliu.services.tier_counting import Heard, count
from huiliu.services.tier_gifts import Gift, give, level_gift

__all__ = ["CHANGED", "MemberTier", "follow_tiers", "follower", "live_tiers", "tier_of"]

CHANGED: Final = "Tier Changed"
_TAG_SET: Final = "Tag Set"


@dataclass(frozen=True, slots=True)
class MemberTier:
    """Where a person stands, for those who price, earn and show."""

    programme: str
    #: The level's id.
    tier: str
    rank: int
    multiplier: Decimal
    since: int
    until: int
    level: Level


@dataclass(slots=True)
class _Round:
    """What one transaction decides."""

    events: list[NewEvent] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)


def follower(slug: str) -> str:
    """Return the name under which a programme's place in the log is kept."""
    return f"tiers {slug}"


def live_tiers(tx: Tx, brand_id: int) -> list[Tiers]:
    """Return the ladders in use."""
    return [
        parsed_tiers(one.source)
        for one in tx.documents.all(brand_id, KIND)
        if one.state == "live"
    ]  # fmt: skip


def tier_of(tx: Tx, brand_id: int, profile_id: int, programme: str = "") -> MemberTier | None:
    """Return a person's highest level, of one programme or of all; None = they are on none."""
    ids = tx.people.histories(brand_id, [profile_id]).get(profile_id) or [profile_id]
    states = tx.tiers.states_of(brand_id, ids)
    if not states:
        return None
    ladders = {one.slug: one for one in live_tiers(tx, brand_id)}
    found: list[MemberTier] = []
    for slug, state in states:
        ladder = ladders.get(slug)
        if ladder is None or (programme and slug != programme):
            continue
        rank = ladder.rank_of(state.level)
        if rank >= 0:
            level = ladder.levels[rank]
            found.append(MemberTier(
                slug, level.id, rank, level.multiplier, state.since, state.until, level
            ))  # fmt: skip
    return max(found, key=lambda one: (one.multiplier, one.rank), default=None)


def follow_tiers(world: World, limit: int) -> int:
    """Read on in the log for every ladder, and look at levels that end; return what was done."""
    with world.store.system() as tx:
        ladders = [
            (brand_id, one)
            for brand_id in tx.documents.brands()
            for one in live_tiers(tx, brand_id)
        ]
    return sum(_follow(world, brand_id, tiers, limit) for brand_id, tiers in ladders)


def _follow(world: World, brand_id: int, tiers: Tiers, limit: int) -> int:
    """Do one batch of one ladder."""
    now = world.clock.now()
    with world.store.system() as tx:
        first = tx.log.cursor(follower(tiers.slug))
        projected = tx.log.peek_cursor(PROJECTOR)
        events: Sequence[Event] = ()
        if first < projected:
            events = tx.log.read(0, first, min(limit, projected - first))
        past = events[-1].offset + 1 if events else max(first, projected)
        whose = tx.log.read_profiles(0, first, past - 1) if events else {}
        mine = [one for one in events if one.brand_id == brand_id]
        heard = count(tx, brand_id, tiers, mine, whose, now)
        due = tx.tiers.due(brand_id, tiers.slug, now, limit)
        done = _Round(gifts=list(heard.gifts))
        _look(tx, brand_id, tiers, heard, due, now, done)
        done.events += give(tx, world, brand_id, tiers, done.gifts, now)
        if past > first:
            tx.log.move_cursor(follower(tiers.slug), past)
        if done.events:
            # Last of all: the log is locked from here to commit.
            tx.log.append(done.events)
    return (past - first) + len(due)


def _look(  # noqa: PLR0913, PLR0917 - one transaction's parts
    tx: Tx,
    brand_id: int,
    tiers: Tiers,
    heard: Heard,
    due: Collection[int],
    now: int,
    done: _Round,
) -> None:
    """Look at everybody for whom something counts now, or whose level ends."""
    touched = heard.touched | set(due)
    if not touched:
        return
    present = tx.people.present(brand_id, touched)
    people = sorted({present.get(one, one) for one in touched})
    histories = tx.people.histories(brand_id, people)
    ids = {one for person in people for one in (person, *histories.get(person, ()))}
    states = tx.tiers.lock(brand_id, tiers.slug, ids)
    counted = tx.tiers.measures(brand_id, tiers.slug, ids, now - tiers.window)
    put: list[TierState] = []
    drop: list[int] = []
    for person in people:
        mine = dict.fromkeys((person, *histories.get(person, ())))
        held = [states[one] for one in mine if one in states]
        # Whoever turned out to be two members keeps the higher level of the two.
        was = max(held, key=lambda one: (tiers.rank_of(one.level), one.until), default=None)
        measured = sum(counted.get(one, 0) for one in mine)
        found = stand(tiers, was.level if was else "", was.until if was else 0, measured, now)
        drop += [one.profile_id for one in held if one.profile_id != person]
        if found.level is None:
            drop += [person] if person in states else []
        else:
            since = was.since if was and found.moved in {Moved.KEPT, Moved.STAYED} else now
            put.append(TierState(person, found.level.id, since, found.until, measured))
        _tell(brand_id, tiers, person, was, found, measured, now, done)
    if drop:
        tx.tiers.drop(brand_id, tiers.slug, drop)
    tx.tiers.put(brand_id, tiers.slug, put)


def _tell(  # noqa: PLR0913, PLR0917 - one move, whole
    brand_id: int,
    tiers: Tiers,
    person: int,
    was: TierState | None,
    found: Standing,
    measured: int,
    now: int,
    done: _Round,
) -> None:
    """Note the events and gifts of one person's move."""
    before = was.level if was else ""
    for level, benefit in benefits_due(tiers, before, found):
        done.gifts.append(level_gift(tiers, person, level, benefit, found.until, now))
    if found.moved not in {Moved.UP, Moved.DOWN}:
        return
    after = found.level.id if found.level else ""
    told: dict[str, Value] = {
        "programme": tiers.slug, "tier": after or None, "from": before or None,
        "direction": found.moved.value, "measured": measured / 100,
    }  # fmt: skip
    key = (tiers.slug, person, before, after, now)
    done.events.append(internal_event(brand_id, person, CHANGED, told, now, *key))
    tagged: dict[str, Value] = {"tag": tiers.tag, "value": after or None}
    done.events.append(internal_event(brand_id, person, _TAG_SET, tagged, now, "tier", *key))
