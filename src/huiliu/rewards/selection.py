"""Which products a promotion is about: by sku, category and brand, and those left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.rewards.basket import Line

__all__ = ["EVERYTHING", "Selection", "read_selection"]

_KINDS: Final = ("skus", "categories", "brands")
_MOST: Final = 5_000
_LONGEST: Final = 200
#: Between a category and a narrower one.
_BELOW: Final = "/"


@dataclass(frozen=True, slots=True)
class Selection:
    """Lines of a basket; one that names nothing holds all of them."""

    skus: frozenset[str] = frozenset()
    #: A category holds those below it: `care` holds `care/face`.
    categories: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    but_skus: frozenset[str] = frozenset()
    but_categories: frozenset[str] = frozenset()
    but_brands: frozenset[str] = frozenset()

    @property
    def is_all(self) -> bool:
        """Say whether nothing is named, so that every product is meant."""
        return not (self.skus or self.categories or self.brands)

    def holds(self, line: Line) -> bool:
        """Say whether a line is meant."""
        if line.sku in self.but_skus or line.brand in self.but_brands:
            return False
        if self.but_categories and any(one in self.but_categories for one in above(line.category)):
            return False
        return (
            self.is_all
            or line.sku in self.skus
            or line.brand in self.brands
            or (
                bool(self.categories)
                and any(one in self.categories for one in above(line.category))
            )
        )


EVERYTHING: Final = Selection()


def above(category: str) -> list[str]:
    """Return a category and all that it lies in, the narrowest first; nothing of ""."""
    found = []
    while category:
        found.append(category)
        category = category.rpartition(_BELOW)[0]
    return found


def read_selection(fields: Fields | None) -> Selection:
    """Return the selection of `products:`; its problems are noted."""
    if fields is None:
        return EVERYTHING
    fields.only({*_KINDS, "except"})
    held = [_words(fields, kind) for kind in _KINDS]
    but = fields.below("except")
    if but is None:
        return Selection(*held)
    but.only(_KINDS)
    return Selection(*held, *(_words(but, kind) for kind in _KINDS))


def _words(fields: Fields, name: str) -> frozenset[str]:
    """Return a list of names."""
    found = fields.tree.get(name)
    if found is None:
        return frozenset()
    # What looks like a number is a name all the same: `skus: [1001]`.
    words = (
        [str(one) if type(one) is int else one for one in found] if isinstance(found, list) else []
    )
    if (
        not words
        or len(words) > _MOST
        or not all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in words)
    ):
        fields.wrong(name, "rewards.want_names", most=_MOST)
        return frozenset()
    return frozenset(map(str, words))
