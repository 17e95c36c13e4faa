"""Lets pending points become spendable and old ones end, when it is time."""

from __future__ import annotations

from huiliu.ports.world import World
from huiliu.services.post_points import settle_wallets

__all__ = ["move_points"]


def move_points(world: World, limit: int) -> int:
    """Book what is due of some people, a transaction for each brand; return how many people."""
    with world.store.system() as tx:
        due = tx.points.due(world.clock.now(), limit)
    people: dict[int, list[int]] = {}
    for brand_id, profile_id in due:
        people.setdefault(brand_id, []).append(profile_id)
    for brand_id in sorted(people):
        with world.store.system() as tx:
            posting = settle_wallets(tx, world, brand_id, people[brand_id])
            tx.log.append(posting.events)
    return len(due)
