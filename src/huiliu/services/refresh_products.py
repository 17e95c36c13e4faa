"""Computes what is recommended from orders and views, on schedule; stored for the next messages."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import msgspec

from huiliu.kernel.errors import EngineFailed
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.products import CatalogueState, PairRow, RankRow
from huiliu.ports.world import World
from huiliu.reports.bought_together import buyers_of, pairs_of, read_people, viewers_of

__all__ = ["refresh_products", "refresh_products_due"]

#: How often it is computed; stock and prices are looked up at the moment of sending.
_EVERY: Final = 6 * HOUR
_AGAIN: Final = 10 * MINUTE
#: So many products of a category are kept in order.
_RANKED: Final = 50
_CATCH_UP_S: Final = 60.0


def refresh_products_due(world: World, _limit: int = 0) -> int:
    """Compute the recommendations of one brand that are due; return 1, or 0 where none are."""
    with world.store.system() as tx:
        brand_id = tx.products.due(world.clock.now())
        if brand_id is None:
            return 0
        # The transaction stays open: it keeps other processes from the same work.
        refresh_products(world, brand_id)
    return 1


def refresh_products(world: World, brand_id: int) -> CatalogueState:
    """Compute a brand's recommendations now.

    What cannot be computed is written down and tried again; the old ones stand.
    """
    began, now = time.perf_counter_ns(), world.clock.now()
    with world.store.transaction(brand_id) as tx:
        before = tx.products.state(brand_id)
        categories = tx.products.categories(brand_id)
    try:
        world.warehouse.catch_up(_CATCH_UP_S)
        tables = world.warehouse.population(brand_id)
        found = world.warehouse.run(pairs_of(tables, now))
        buyers = read_people(world.warehouse.run(buyers_of(tables, now)))
        viewers = read_people(world.warehouse.run(viewers_of(tables, now)))
    except EngineFailed as fault:
        failed = msgspec.structs.replace(before, due_at=now + _AGAIN, fault=str(fault)[:500])
        with world.store.transaction(brand_id) as tx:
            tx.products.mark(failed)
        return failed
    pairs = [PairRow(**row) for row in found.to_pylist()]
    ranks = _ranks(categories, buyers, viewers)
    state = CatalogueState(
        brand_id, before.rules, now + _EVERY, now, (time.perf_counter_ns() - began) // 1000,
        len(pairs), len(ranks),
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        tx.products.refreshed(brand_id, pairs, ranks)
        tx.products.mark(state)
    return state


def _ranks(
    categories: Mapping[str, tuple[str, ...]],
    buyers: Mapping[str, int],
    viewers: Mapping[str, int],
) -> list[RankRow]:
    """Return each category's products that can be bought: most buyers, then most viewers first.

    Of the whole brand only what somebody bought or saw is ranked: without data there is no top.
    """
    counted = {one: (buyers.get(one, 0), viewers.get(one, 0)) for one in categories}
    order = sorted(counted, key=lambda one: (-counted[one][0], -counted[one][1], one))
    scopes: dict[tuple[str, ...], list[str]] = {}
    for product_id in order:
        path = categories[product_id]
        for length in range(len(path) + 1):
            if length or any(counted[product_id]):
                of_scope = scopes.setdefault(path[:length], [])
                if len(of_scope) < _RANKED:
                    of_scope.append(product_id)
    return [
        RankRow(scope, place, product_id, *counted[product_id])
        for scope, ids in scopes.items()
        for place, product_id in enumerate(ids)
    ]
