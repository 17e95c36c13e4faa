"""Looks at schedules: writes down occasions that have come, and gives each its audience once.

How far a schedule was looked at is one instant over all zones, moved in the transaction that
writes the occasions down: none is overlooked and none comes twice, however many workers look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.journeys import Journey
from huiliu.journeys.entries import DEFAULT_MAX_AGE
from huiliu.journeys.schedules import Occasion, Schedule
from huiliu.journeys.schedules.once import Once
from huiliu.kernel.calendar import zones
from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.ports.occasions import OccasionRow
from huiliu.ports.store import Store, Tx
from huiliu.ports.world import World
from huiliu.services.audience import who
from huiliu.services.live import Running, live

__all__ = ["lateness", "occasions_between", "schedule"]

#: How many people of an audience are let in by one transaction.
CHUNK: Final = 5_000
#: Where an audience is let in slowly, a chunk comes this often.
_EVERY: Final = 10 * SECOND
#: An occasion that is found later than this has been missed, unless the journey says otherwise.
_LATEST: Final = 6 * HOUR
#: Who publishes for the present minute means its beginning, which lies so far back at the most.
_MINUTE_BEGUN: Final = 2 * MINUTE
#: Occasions of one journey that are written down at once.
_MOST: Final = 1_000
_CATCH_UP_S: Final = 60.0
#: A local time comes everywhere within this.
_AROUND: Final = 27 * HOUR


def schedule(world: World, limit: int = 1) -> int:
    """Write down occasions that have come, and choose whom they let in; return how many.

    Args:
        world: where to find everything.
        limit: audiences that are chosen at once.
    """
    done = 0
    with world.store.system() as tx:
        now = world.clock.now()
        for brand_id in tx.documents.brands():
            for running in _scheduled(live(tx, world, brand_id).journeys.values()):
                done += _look(tx, world, brand_id, running, now)
    for _ in range(limit):
        if not _choose(world):
            break
        done += 1
    return done


def lateness(journey: Journey) -> int:
    """Return how late an occasion may begin and still let people in."""
    said = journey.max_event_age
    return _LATEST if said == DEFAULT_MAX_AGE else said


def occasions_between(
    plan: Schedule, first: int, past: int, home: str
) -> Iterator[tuple[Occasion, tuple[str, ...]]]:
    """Yield occasions at instants in [first, past) with the zones that they come in, by time.

    Where everybody's own local time counts, one occasion comes at many instants.
    """
    found: dict[Occasion, list[str]] = defaultdict(list)
    for zone in sorted(zones()) if plan.local else (home,):
        after = first - 1
        for _ in range(_MOST):
            occasion = plan.next(after, zone)
            if occasion is None or occasion.at >= past:
                break
            found[occasion].append(zone)
            after = occasion.at
    for occasion in sorted(found, key=lambda one: (one.at, one.id)):
        yield occasion, tuple(found[occasion]) if plan.local else ()


def _scheduled(found: Iterable[Running]) -> Iterator[Running]:
    """Yield the live journeys that begin by themselves."""
    for running in found:
        if running.state == "live" and running.journey.entry.schedule is not None:
            yield running


def _look(tx: Tx, world: World, brand_id: int, running: Running, now: int) -> int:
    """Write down what of one schedule has come; return how many occasions."""
    journey = running.journey
    plan = journey.entry.schedule
    assert plan is not None
    known = _NEXT.setdefault(world.store, {})
    key = (brand_id, journey.slug, running.version)
    if known.get(key, 0) > now:
        return 0
    document = tx.documents.latest(brand_id, "journey", journey.slug)
    looked_at = tx.occasions.look(brand_id, journey.slug, document.created_at)
    latest = now - lateness(journey)
    spans = [(plan, looked_at + 1, now + 1)]
    if running.version > 1 and looked_at < document.created_at - _MINUTE_BEGUN:
        # What came before this version was published is for the version before it to say: a time
        # that an edit moves to this morning is not made up for now.
        pinned = live(tx, world, brand_id).pinned(tx, brand_id, journey.slug, running.version - 1)
        began = document.created_at - _MINUTE_BEGUN
        before = pinned.entry.schedule
        spans = [(plan, began, now + 1)]
        spans += [(before, looked_at + 1, began)] if before is not None else []
    rows = [
        OccasionRow(
            brand_id, journey.slug, occasion.id, occasion.at, running.version, at_zones,
            "due" if occasion.at >= latest else "missed",
        )
        for each, first, past in spans
        for occasion, at_zones in occasions_between(each, first, past, world.zone)
    ]  # fmt: skip
    if running.version == 1 and looked_at == document.created_at:
        rows += [
            OccasionRow(
                brand_id, journey.slug, occasion.id, occasion.at, running.version, at_zones, "due"
            )
            for occasion, at_zones in _passed(plan, looked_at, world.zone)
        ]
    n_new = tx.occasions.plan(rows)
    tx.occasions.looked(brand_id, journey.slug, now)
    known[key] = _soonest(plan, now, world.zone)
    return n_new


def _passed(
    plan: Schedule, published: int, home: str
) -> Iterator[tuple[Occasion, tuple[str, ...]]]:
    """Yield where a single local time had passed when it was published, and elsewhere had not.

    Those people get it late, or are counted as missed; where a schedule comes again they wait.
    """
    if not isinstance(plan, Once) or not plan.local:
        return
    if any(plan.next(published, zone) is not None for zone in zones()):
        yield from occasions_between(plan, published - _AROUND, published + 1, home)


def _soonest(plan: Schedule, now: int, home: str) -> int:
    """Return when the schedule is to be looked at next."""
    coming = (plan.next(now, zone) for zone in (zones() if plan.local else (home,)))
    return min((one.at for one in coming if one is not None), default=_NEVER)


def _choose(world: World) -> bool:
    """Give one occasion that is due its audience; say whether there was one."""
    with world.store.system() as tx:
        now = world.clock.now()
        row = tx.occasions.take_due(now)
        if row is None:
            return False
        running = live(tx, world, row.brand_id).journeys.get(row.journey)
        plan = running.journey.entry.schedule if running is not None else None
        if running is None or plan is None:
            tx.occasions.fill(row, (), now)
            return True
        people = _audience(tx, world, row, running.journey, plan)
        if row.at < now - lateness(running.journey):
            # It came while the journey was paused or ran empty, or before it was published.
            tx.occasions.miss(row, len(people), now)
            return True
        tx.occasions.fill(row, list(_chunks(people, running.journey.entry.per_hour, now)), now)
    return True


def _audience(
    tx: Tx, world: World, row: OccasionRow, journey: Journey, plan: Schedule
) -> list[int]:
    """Return whom an occasion lets in, by id."""
    condition = plan.audience(Occasion(row.occasion, row.at))
    named = [slug for kind, slug in journey.entry.names if kind == "segment"]
    if named and condition is journey.entry.among:
        people = tx.occasions.segment_members(row.brand_id, named[0])
    else:
        # What was imported a moment ago counts.
        world.warehouse.catch_up(_CATCH_UP_S)
        people = who(world, row.brand_id, condition)
    if row.zones:
        people = tx.occasions.in_zones(row.brand_id, people, row.zones, world.zone)
    return people


def _chunks(people: Sequence[int], per_hour: int, now: int) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield the audience in parts, each with the time before which it is not let in."""
    size = max(1, min(CHUNK, per_hour * _EVERY // HOUR)) if per_hour else CHUNK
    between = size * HOUR // per_hour if per_hour else 0
    for nth, first in enumerate(range(0, len(people), size)):
        yield now + nth * between, people[first : first + size]


_NEVER: Final = 1 << 62
#: When a schedule is to be looked at next: brand, journey and version -> instant. A hint only.
_NEXT: WeakKeyDictionary[Store, dict[tuple[int, str, int], int]] = WeakKeyDictionary()
