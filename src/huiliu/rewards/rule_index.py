"""Finds the promotions that could match a basket: cost grows with them, not with all there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from huiliu.rewards.basket import Basket, Line
from huiliu.rewards.promotion import Promotion
from huiliu.rewards.selection import EVERYTHING, above

__all__ = ["Matches", "RuleIndex"]

#: Promotion -> the places of the lines that it is about, in the basket's order.
Matches = dict[str, list[int]]


#: Kinds of lines whose promotions are remembered.
_REMEMBERED: Final = 200_000


@dataclass(slots=True)
class RuleIndex:
    """Promotions by what they are about; made once, then only read."""

    promotions: Mapping[str, Promotion]
    _by_sku: Mapping[str, tuple[str, ...]] = field(init=False)
    _by_category: Mapping[str, tuple[str, ...]] = field(init=False)
    _by_brand: Mapping[str, tuple[str, ...]] = field(init=False)
    #: Those that are about every product, but for some.
    _of_all: tuple[str, ...] = field(init=False)
    #: Those that leave nothing out.
    _of_every: tuple[str, ...] = field(init=False)
    #: Instants at which one of them begins or ends, in order.
    edges: tuple[int, ...] = field(init=False)
    #: Whether any is for some hours of the day, or for some people.
    asks_hours: bool = field(init=False)
    asks_people: bool = field(init=False)
    #: Whether categories, or brands, of products matter to any of them.
    _asks_categories: bool = field(init=False)
    _asks_brands: bool = field(init=False)
    #: (sku, category, brand) -> the promotions that are about such a line.
    _known: dict[tuple[str, str, str], tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the promotions in."""
        live = self.promotions.values()
        self._by_sku = _sorted_in((one.slug, one.products.skus) for one in live)
        self._by_category = _sorted_in((one.slug, one.products.categories) for one in live)
        self._by_brand = _sorted_in((one.slug, one.products.brands) for one in live)
        of_all = [one for one in live if one.products.is_all]
        self._of_every = tuple(one.slug for one in of_all if one.products == EVERYTHING)
        self._of_all = tuple(one.slug for one in of_all if one.products != EVERYTHING)
        self.edges = tuple(
            sorted({at for one in live for at in (one.starts_at, one.ends_at) if at})
        )
        self.asks_hours = any(one.hours for one in live)
        self.asks_people = any(one.who is not None for one in live)
        self._asks_categories = bool(self._by_category) or any(
            one.products.but_categories for one in live
        )
        self._asks_brands = bool(self._by_brand) or any(one.products.but_brands for one in live)
        self._known = {}

    def lacking(self, basket: Basket) -> list[str]:
        """Return the products of lines that do not say what matters to any of them."""
        asks_categories, asks_brands = self._asks_categories, self._asks_brands
        return [
            line.sku
            for line in basket.lines
            if (asks_categories and not line.category) or (asks_brands and not line.brand)
        ]

    def matches(self, basket: Basket) -> Matches:
        """Return every promotion that is about a line of the basket, with its lines."""
        found: Matches = {}
        for nth, line in enumerate(basket.lines):
            key = line.sku, line.category, line.brand
            slugs = self._known.get(key)
            if slugs is None:
                slugs = self._about(line)
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[key] = slugs
            for slug in slugs:
                found.setdefault(slug, []).append(nth)
        every = list(range(len(basket.lines)))
        found.update(dict.fromkeys(self._of_every, every))
        return found

    def _about(self, line: Line) -> tuple[str, ...]:
        """Return the promotions that are about a line, but those that are about every one."""
        named = {*self._by_sku.get(line.sku, ()), *self._by_brand.get(line.brand, ())}
        for category in above(line.category):
            named.update(self._by_category.get(category, ()))
        named.update(self._of_all)
        return tuple(slug for slug in named if self.promotions[slug].products.holds(line))


def _sorted_in(
    named: Iterable[tuple[str, frozenset[str]]],
) -> Mapping[str, tuple[str, ...]]:
    """Return name -> the slugs of promotions that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for slug, names in named:
        for name in sorted(names):
            found[name].append(slug)
    return {name: tuple(slugs) for name, slugs in found.items()}
