"""Recommends products to a batch of people at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiliu.catalogue.product import Product, named
from huiliu.catalogue.recommend import RECOMMEND_EVENTS, Shelf, Taste, choose, taste_of
from huiliu.kernel.recommend import Recommend
from huiliu.kernel.times import DAY
from huiliu.ports.store import Tx

__all__ = ["Wish", "recommend", "told_product"]

#: Views are looked back at so far; orders for ever.
_VIEWS: Final = 180 * DAY
_ORDERS: Final = frozenset({"Order Created", "Order Paid"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person is to be recommended."""

    #: The present profile.
    profile_id: int
    recommend: Recommend
    #: Properties of the event that began their run.
    entry: Mapping[str, Any]  # as events carry them


def recommend(tx: Tx, brand_id: int, wishes: Sequence[Wish], now: int) -> list[list[Product]]:
    """Return the products for each wish, in their order; empty where there is nothing to offer.

    What people bought and saw is read from the facts that are kept for live documents; a document
    that declares `recommend` has them kept (see catalogue/recommend.py).
    """
    if not wishes:
        return []
    people = sorted({one.profile_id for one in wishes})
    bought = tx.people.event_facts(brand_id, people, sorted(_ORDERS), 0)
    seen = tx.people.event_facts(brand_id, people, sorted(RECOMMEND_EVENTS - _ORDERS), now - _VIEWS)
    tastes = [
        taste_of({**bought.get(one.profile_id, {}), **seen.get(one.profile_id, {})}, one.entry)
        for one in wishes
    ]
    shelf = _shelf(tx, brand_id, wishes, tastes)
    return [choose(one.recommend, taste, shelf) for one, taste in zip(wishes, tastes, strict=True)]


def _shelf(tx: Tx, brand_id: int, wishes: Sequence[Wish], tastes: Sequence[Taste]) -> Shelf:
    """Return all products that may come up for any of them: four questions, however many people."""
    seeds: set[str] = set()
    viewed: set[str] = set()
    for one, taste in zip(wishes, tastes, strict=True):
        seeds.update(taste.seeds(one.recommend.seed))
        if one.recommend.by == "viewed":
            viewed.update(taste.viewed)
    pairs = tx.products.pairs(brand_id, seeds)
    known = tx.products.get(brand_id, seeds)
    scopes = {p.category[:n] for p in known.values() for n in range(1, len(p.category) + 1)}
    ranks = tx.products.ranks(brand_id, {(), *scopes})
    wanted = viewed.union(
        *({row.other_id for row in rows} for rows in pairs.values()),
        *({row.product_id for row in rows} for rows in ranks.values()),
    )
    products = known | tx.products.get(brand_id, wanted - set(known))
    return Shelf(
        products=products,
        pairs={seed: [(row.other_id, row.n_orders) for row in of] for seed, of in pairs.items()},
        ranks={scope: [row.product_id for row in of] for scope, of in ranks.items()},
    )


def told_product(product: Product, locales: Sequence[str]) -> dict[str, object]:
    """Return a product as templates see it: its name in the person's language, major units."""
    return {
        "product_id": product.product_id,
        "sku": product.sku,
        "name": named(product.names, locales),
        "price": product.major(product.price),
        "currency": product.currency,
        "compare_at": product.major(product.compare_at),
        "link": product.link,
        "image": product.images[0] if product.images else "",
        "brand": product.brand,
        "category": product.category[-1] if product.category else "",
        "stock": product.stock,
        "available": product.is_available,
    }
