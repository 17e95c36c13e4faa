"""Lets time move people between segments: what a window let go is looked at on the minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from huiliu.kernel.events import NewEvent
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.project import CONSUMER
from huiliu.services.track import look, membership_events

__all__ = ["expire"]

_BATCH = 2_000


def expire(world: World, limit: int = _BATCH) -> int:
    """Look again at the profiles whose timers are due; return how many timers, 0 = none is due.

    The projector waits meanwhile, so nobody's facts change between the look and the write.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        due = tx.segments.next_due()
        if due is None or due > now:
            return 0
        tx.log.cursor(CONSUMER)
        claimed = tx.segments.claim_due(now, limit)
        of_brand: dict[int, list[int]] = defaultdict(list)
        for brand_id, profile in claimed:
            of_brand[brand_id].append(profile)
        produced: list[NewEvent] = []
        for brand_id, profiles in of_brand.items():
            produced += _expire_brand(tx, world, brand_id, profiles, now)
        tx.log.append(produced)
    return len(claimed)


def _expire_brand(
    tx: Tx, world: World, brand_id: int, profiles: Sequence[int], now: int
) -> list[NewEvent]:
    """Look at profiles of one brand, for every segment that time alone can change."""
    listening = live(tx, world, brand_id).listening
    if not listening.timed:
        return []
    standing = look(tx, brand_id, listening, dict.fromkeys(profiles, listening.timed), now)
    return membership_events(tx, brand_id, standing.changes, now)
