"""What buyers think of a product, as the reviews say that were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables

__all__ = ["Ratings", "product_ratings", "read_ratings"]

_POSTED: Final = "Review Posted"
_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Ratings:
    """The stars of a product."""

    #: Stars -> reviews that gave so many.
    by_stars: dict[int, int]

    @property
    def n(self) -> int:
        """Return how many reviews there are."""
        return sum(self.by_stars.values())

    @property
    def mean(self) -> float | None:
        """Return the mean; None = nobody said anything."""
        total = sum(stars * n for stars, n in self.by_stars.items())
        return total / self.n if self.n else None


def product_ratings(tables: Tables, product_id: str) -> ibis.Table:
    """Return stars and n of a product's reviews; a person's last review of it counts."""
    events = tables.events
    rows = events.filter(events.name == _POSTED)
    stars = tables.cell(rows.properties, ("rating",)).number()
    rows = rows.select(
        "profile_id", "position", product=tables.cell(rows.properties, ("product_id",)).text(),
        stars=stars,
    )  # fmt: skip
    rows = rows.filter(rows["product"] == product_id, rows.stars >= 1, rows.stars <= _MOST)
    last = rows.group_by("profile_id").agg(stars=rows.stars.argmax(rows.position).round())
    return last.group_by("stars").agg(n=last.count())


def read_ratings(found: pa.Table) -> Ratings:
    """Return the stars of a product."""
    return Ratings({int(row["stars"]): int(row["n"]) for row in found.to_pylist()})
