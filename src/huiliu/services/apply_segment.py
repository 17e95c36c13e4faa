"""Makes a segment live: its document, its facts, its first members, as one change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC

from huiliu.conditions import compile_condition, first_expiries
from huiliu.kernel.times import from_datetime
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Change, Segment
from huiliu.services.audience import read_segment
from huiliu.services.backfill import backfill_facts
from huiliu.services.live import live
from huiliu.services.project import CONSUMER
from huiliu.services.track import membership_events

__all__ = ["Applied", "apply_segment"]

_CATCH_UP_S = 600.0


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a segment did."""

    segment: Segment
    version: int
    n_members: int
    n_entered: int
    n_left: int


def apply_segment(world: World, brand_id: int, source: str | bytes, by: str) -> Applied:
    """Store a segment, let in whoever meets it now, and let out whoever no longer does.

    The projector stands still meanwhile: what came before is counted by the warehouse, what
    comes after by the projector, so nobody is missed and nobody is counted twice. Entries and
    exits that a definition causes trigger nothing live.

    Raises:
        BadInput: with every problem, its path and line.
    """
    segment = read_segment(world, brand_id, source)
    now = world.clock.now()
    # The long part of catching up is done before anybody has to wait.
    world.warehouse.catch_up(_CATCH_UP_S)
    with world.store.system() as tx:
        cursor = tx.log.cursor(CONSUMER)
        kept = live(tx, world, brand_id).event_names
        stored = tx.documents.put(
            Document(brand_id, "segment", segment.slug, 0, "live", segment.source(), now, by)
        )
        backfill_facts(tx, brand_id, segment.condition.mentions.events - kept)
        world.warehouse.catch_up(_CATCH_UP_S, cursor)
        belongs = _who(world, brand_id, segment, now)
        changes = _fill(tx, brand_id, segment.slug, belongs, now)
        _set_timers(tx, world, brand_id, segment, now)
        touched = {one.profile_id for one in changes}
        tx.log.append(membership_events(tx, brand_id, changes, now, touched))
    n_entered = sum(one.enters for one in changes)
    return Applied(segment, stored.version, len(belongs), n_entered, len(changes) - n_entered)


def _who(world: World, brand_id: int, segment: Segment, now: int) -> set[int]:
    """Return everybody who meets the segment's condition."""
    met = compile_condition(segment.condition, world.warehouse.population(brand_id), now)
    return set(world.warehouse.run(met)["profile_id"].to_pylist())


def _fill(tx: Tx, brand_id: int, slug: str, belongs: Collection[int], now: int) -> list[Change]:
    """Write the memberships as they should be; return what changed, by profile."""
    members = tx.segments.member_ids(brand_id, slug)
    enters = sorted(set(belongs) - members)
    leaves = sorted(members - set(belongs))
    tx.segments.enter(brand_id, [(slug, profile) for profile in enters], now)
    tx.segments.leave(brand_id, [(slug, profile) for profile in leaves])
    return [
        *(Change(slug, profile, enters=True) for profile in enters),
        *(Change(slug, profile, enters=False) for profile in leaves),
    ]


def _set_timers(tx: Tx, world: World, brand_id: int, segment: Segment, now: int) -> None:
    """Set when time may change the answer first: when a window lets its first event go.

    Timers of an older definition stay: they only have somebody looked at too early.
    """
    due: dict[int, int] = {}
    tables = world.warehouse.population(brand_id)
    for window, first in first_expiries(segment.condition, tables, now):
        rows = world.warehouse.run(first)
        moments = (from_datetime(at.replace(tzinfo=UTC)) for at in rows["first"].to_pylist())
        for profile, at in zip(rows["profile_id"].to_pylist(), moments, strict=True):
            due[profile] = min(at + window, due.get(profile, at + window))
    tx.segments.set_timers(brand_id, due)
