"""Chooses products for a person: never one they bought, never one that nobody can buy now.

The same facts and the same shelf give the same products, so what was sent can be explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from huiliu.catalogue.interest import INTEREST_EVENTS, product_ids
from huiliu.catalogue.product import Product
from huiliu.kernel.facts import EventFact
from huiliu.kernel.recommend import Recommend

__all__ = ["RECOMMEND_EVENTS", "Shelf", "Taste", "choose", "taste_of"]

_PAID: Final = "Order Paid"
_PLACED: Final = "Order Created"
#: The events whose facts must be kept of people who are recommended something.
RECOMMEND_EVENTS: Final = frozenset({_PAID, _PLACED, *INTEREST_EVENTS})
#: What fills the places that a way leaves empty.
_NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "bought_together": ("same_category", "top"),
    "same_category": ("top",),
    "viewed": ("bought_together", "same_category", "top"),
    "top": (),
}
_AUTO: Final = ("event", "cart", "viewed", "bought")
#: So many products at the most are looked beside.
_MOST_SEEDS: Final = 10


@dataclass(frozen=True, slots=True)
class Taste:
    """What one person's events say of products."""

    #: Each the latest first.
    viewed: Sequence[str] = ()
    cart: Sequence[str] = ()
    last_bought: Sequence[str] = ()
    #: Of every order that was ever paid: also what was sent back is not offered again.
    bought: frozenset[str] = frozenset()
    #: Products of the event that began the run.
    event: Sequence[str] = ()

    def seeds(self, seed: str) -> Sequence[str]:
        """Return the products to look beside."""
        by_name = {
            "event": self.event, "cart": self.cart, "viewed": self.viewed[:1],
            "bought": self.last_bought,
        }  # fmt: skip
        if seed != "auto":
            return by_name[seed][:_MOST_SEEDS]
        return next((by_name[one][:_MOST_SEEDS] for one in _AUTO if by_name[one]), ())


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to choose from: all products that may come up, and what is known of them."""

    products: Mapping[str, Product] = field(default_factory=lambda: MappingProxyType({}))
    #: Product -> what was bought with it and in how many orders, most first.
    pairs: Mapping[str, Sequence[tuple[str, int]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: Category -> its products, those that most people bought first; () = of the whole brand.
    ranks: Mapping[tuple[str, ...], Sequence[str]] = field(
        default_factory=lambda: MappingProxyType({})
    )


def taste_of(
    events: Mapping[str, Sequence[EventFact]],
    entry: Mapping[str, Any],  # as events carry it
) -> Taste:
    """Return what a person's events, oldest first, and the event of their run say."""
    orders = {
        _order(one): product_ids(one.properties)
        for one in (*events.get(_PLACED, ()), *events.get(_PAID, ()))
        if product_ids(one.properties)
    }
    paid = list(events.get(_PAID, ()))
    bought = [one for order in paid for one in orders.get(_order(order), ())]
    last = orders.get(_order(paid[-1]), []) if paid else []
    paid_at = paid[-1].occurred_at if paid else 0
    seen = sorted(
        (
            (one.occurred_at, one.position, name, one)
            for name in INTEREST_EVENTS
            for one in events.get(name, ())
        ),
        key=lambda each: each[:3],
        reverse=True,
    )
    viewed = dict.fromkeys(p for _, _, _, one in seen for p in product_ids(one.properties))
    cart = dict.fromkeys(
        product
        for at, _, name, one in seen
        if INTEREST_EVENTS[name] == "carted" and at > paid_at
        for product in product_ids(one.properties)
    )
    return Taste(
        viewed=tuple(viewed),
        cart=tuple(cart),
        last_bought=tuple(last),
        bought=frozenset(bought),
        event=tuple(product_ids(entry)),
    )


def choose(wish: Recommend, taste: Taste, shelf: Shelf) -> list[Product]:
    """Return the products for one person, best first; fewer than asked for where there are none."""
    seeds = taste.seeds(wish.seed)
    ways = (wish.by, *(_NEXT[wish.by] if wish.fallback else ()))
    chosen: dict[str, Product] = {}
    for way in ways:
        # Who looked at something may be shown that again; beside it, it is no suggestion.
        kept_out = taste.bought if way == "viewed" else taste.bought.union(seeds)
        for product_id in _candidates(way, seeds, taste, shelf):
            product = shelf.products.get(product_id)
            if product is None or not product.is_available or product_id in kept_out:
                continue
            chosen.setdefault(product_id, product)
            if len(chosen) == wish.n:
                return list(chosen.values())
    return list(chosen.values())


def _order(fact: EventFact) -> str:
    """Return whose order an event tells of; one without an id is an order of its own."""
    given = fact.properties.get("order_id")
    return str(given) if given not in {None, ""} else f"#{fact.position}"


def _candidates(way: str, seeds: Sequence[str], taste: Taste, shelf: Shelf) -> Iterator[str]:
    """Yield products of one way, best first."""
    if way == "viewed":
        yield from taste.viewed
    elif way == "bought_together":
        counted: dict[str, int] = {}
        for seed in seeds:
            for other, n_orders in shelf.pairs.get(seed, ()):
                counted[other] = counted.get(other, 0) + n_orders
        yield from sorted(counted, key=lambda one: (-counted[one], one))
    elif way == "same_category":
        for scope in _scopes(seeds, shelf):
            yield from shelf.ranks.get(scope, ())
    else:
        yield from shelf.ranks.get((), ())


def _scopes(seeds: Sequence[str], shelf: Shelf) -> list[tuple[str, ...]]:
    """Return the categories of the seeds, the narrowest first, then those around them."""
    paths = [shelf.products[one].category for one in seeds if one in shelf.products]
    found = [path[:length] for path in paths for length in range(len(path), 0, -1)]
    return sorted(dict.fromkeys(found), key=lambda scope: -len(scope))
