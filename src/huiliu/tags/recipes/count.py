"""`count`: how many purchases, lines or events a person has."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.rows import ROW_KEYS, Rows, parse_rows

__all__ = ["COUNT", "Count"]


@dataclass(frozen=True, slots=True)
class Count:
    """The number of rows; who has none has no value."""

    rows: Rows

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return self.rows.tree()

    def compute(self, ground: Ground, now: int) -> Steps:
        """Count everybody's rows."""
        yield from ()
        rows = self.rows.read(ground, now)
        return Computed(rows.group_by("profile_id").agg(value=rows.count()))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Count | None:
    """Return the recipe of `{of: purchases, within: 90d}`."""
    del type_
    given = reading.mapping(raw, path, ROW_KEYS)
    return Count(parse_rows(given, path, reading)) if isinstance(raw, dict) else None


COUNT = RecipeKind("count", frozenset({"number"}), _parse)
