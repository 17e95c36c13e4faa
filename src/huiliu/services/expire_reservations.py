"""Gives back what reservations hold whose time is over."""

from __future__ import annotations

from msgspec import structs

from huiliu.kernel.events import NewEvent
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.limits import Claim
from huiliu.services.reward_events import EXPIRED, redemption_events, takes_back

__all__ = ["expire_reservations"]


def expire_reservations(world: World, limit: int, brand_id: int = 0) -> int:
    """Give back what reservations hold that ran out, of one brand where it is named.

    Those that somebody else looks at are left to them. It is a transaction of its own: who holds
    parts of limits already must not wait for more of them out of their order.
    """
    with world.store.system() as tx:
        return _expire(tx, world.clock.now(), limit, brand_id)


def _expire(tx: Tx, now: int, limit: int, brand_id: int) -> int:
    """Do it inside a transaction; return how many there were."""
    due = tx.rewards.due(now, limit, brand_id)
    if not due:
        return 0
    events: list[NewEvent] = []
    back: dict[int, dict[tuple[str, str, str, str], Claim]] = {}
    for brand, row in due:
        moved = structs.replace(row, state="expired", changed_at=now)
        tx.rewards.put_redemption(brand, moved, None)
        sums = back.setdefault(brand, {})
        for one in takes_back(row):
            held = sums.get(one.key)
            sums[one.key] = structs.replace(one, n=one.n + held.n) if held else one
        events += redemption_events(
            brand, moved, tx.rewards.parts(brand, row.order_id), EXPIRED, now
        )
    for brand, sums in sorted(back.items()):
        tx.rewards.claim(brand, sorted(sums.values()))
    tx.log.append(events)
    return len(due)
