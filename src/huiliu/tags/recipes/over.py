"""The common form of recipes that look at one property of each row: read it, then fold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import ibis
import pyarrow as pa

from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, Published, Steps
from huiliu.tags.rows import ROW_KEYS, Rows, parse_rows, read_property

__all__ = ["Over", "parse_over"]

_KNOWN: Final = ROW_KEYS | {"property"}


@dataclass(frozen=True, slots=True)
class Over:
    """One property of some rows; each recipe says how its values become one."""

    rows: Rows
    column: str
    #: The type of the tag, and the type as which the property is read.
    type: str
    reads: str

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {**self.rows.tree(), "property": self.column}

    def read(self, ground: Ground, now: int) -> ibis.Table:
        """Return profile_id, at, tie and the property as `value`, where there is one."""
        rows = self.rows.read(ground, now)
        rows = self.rows.one_currency(rows, self.column, ground)
        value = self.rows.value(rows, self.column, self.reads, ground)
        found = rows.select("profile_id", "at", "tie", value=value)
        return found.filter(found.value.notnull())

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        raise NotImplementedError

    def compute(self, ground: Ground, now: int) -> Steps:
        """Fold everybody's rows, and count those whose money is of another currency."""
        published: Published = {}
        if self.rows.tells_money(self.column):
            left_out: pa.Table = yield self.rows.other_currencies(ground, now)
            published = {"other_currencies": float(left_out["n"][0].as_py() or 0)}
        return Computed(self.fold(self.read(ground, now)), published)


R = TypeVar("R", bound=Over)


def parse_over(
    make: Callable[[Rows, str, str, str], R], reads: str | None = None
) -> Callable[[object, str, TagReading, str], R | None]:
    """Return a parser of the common form.

    Args:
        make: the recipe's class.
        reads: the type of the property, where it is not the type of the tag.
    """

    def parse(raw: object, path: str, reading: TagReading, type_: str) -> R | None:
        """Return the recipe of `{of: purchases, property: total}`."""
        before = len(reading.problems)
        given = reading.mapping(raw, path, _KNOWN, ("property",))
        if len(reading.problems) > before:
            return None
        rows = parse_rows(given, path, reading)
        wanted = reads or type_
        name = read_property(given, "property", path, reading, rows, wanted)
        return make(rows, name, type_, wanted)

    return parse
