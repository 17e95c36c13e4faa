"""Finds the promotions that could match a basket: cost grows with them, not with all there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from huiliu.rewards.basket import Basket
from huiliu.rewards.promotion import Promotion
from huiliu.rewards.selection import above

__all__ = ["Matches", "RuleIndex"]

#: Promotion -> the places of the lines that it is about, in the basket's order.
Matches = dict[str, list[int]]


@dataclass(slots=True)
class RuleIndex:
    """Promotions by what they are about; made once, then only read."""

    promotions: Mapping[str, Promotion]
    _by_sku: Mapping[str, tuple[str, ...]] = field(init=False)
    _by_category: Mapping[str, tuple[str, ...]] = field(init=False)
    _by_brand: Mapping[str, tuple[str, ...]] = field(init=False)
    #: Those that are about every product.
    _of_all: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the promotions in."""
        live = self.promotions.values()
        self._by_sku = _sorted_in((one.slug, one.products.skus) for one in live)
        self._by_category = _sorted_in((one.slug, one.products.categories) for one in live)
        self._by_brand = _sorted_in((one.slug, one.products.brands) for one in live)
        self._of_all = tuple(one.slug for one in live if one.products.is_all)

    @property
    def asks_categories(self) -> bool:
        """Say whether categories or brands of products matter to any of them."""
        return bool(self._by_category or self._by_brand) or any(
            one.products.but_categories or one.products.but_brands
            for one in self.promotions.values()
        )

    def matches(self, basket: Basket) -> Matches:
        """Return every promotion that is about a line of the basket, with its lines."""
        found: Matches = defaultdict(list)
        for nth, line in enumerate(basket.lines):
            named = {*self._by_sku.get(line.sku, ()), *self._by_brand.get(line.brand, ())}
            if self._by_category:
                for category in above(line.category):
                    named.update(self._by_category.get(category, ()))
            for slug in named:
                if self.promotions[slug].products.holds(line):
                    found[slug].append(nth)
        every = list(range(len(basket.lines)))
        for slug in self._of_all:
            products = self.promotions[slug].products
            if products.but_skus or products.but_categories or products.but_brands:
                held = [nth for nth in every if products.holds(basket.lines[nth])]
                if held:
                    found[slug] = held
            else:
                found[slug] = every
        return dict(found)


def _sorted_in(
    named: Iterable[tuple[str, frozenset[str]]],
) -> Mapping[str, tuple[str, ...]]:
    """Return name -> the slugs of promotions that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for slug, names in named:
        for name in sorted(names):
            found[name].append(slug)
    return {name: tuple(slugs) for name, slugs in found.items()}
