"""`most_frequent`: the text that most rows have, or that has most of a number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import ibis

from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.picked import picked
from huiliu.tags.rows import ROW_KEYS, Rows, parse_rows, read_property

__all__ = ["MOST_FREQUENT", "MostFrequent"]

_KNOWN: Final = ROW_KEYS | {"property", "weight", "at_least"}
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class MostFrequent:
    """The text with the greatest count or weight; ties: the one used last, then by the alphabet."""

    rows: Rows
    column: str
    #: A number of each row; empty = rows are counted.
    weight: str = ""
    #: Who has fewer rows than this has no value yet.
    at_least: int = 1

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        tree: dict[str, object] = {**self.rows.tree(), "property": self.column}
        if self.weight:
            tree["weight"] = self.weight
        if self.at_least > 1:
            tree["at_least"] = self.at_least
        return tree

    def compute(self, ground: Ground, now: int) -> Steps:
        """Weigh everybody's texts."""
        yield from ()
        rows = self.rows.read(ground, now)
        if self.weight:
            rows = self.rows.one_currency(rows, self.weight, ground)
            weight = self.rows.value(rows, self.weight, "number", ground)
        else:
            weight = ibis.literal(1.0)
        value = self.rows.value(rows, self.column, "text", ground)
        rows = rows.select("profile_id", "at", value=value, weight=weight)
        rows = rows.filter(rows.value.notnull(), rows.weight.notnull())
        weighed = rows.group_by("profile_id", "value").agg(
            # Rounded, so that the order in which an engine adds breaks no tie.
            weight=rows.weight.sum().round(6), newest=rows["at"].max(), n=rows.count(),
        )  # fmt: skip
        if self.at_least > 1:
            total = weighed.n.sum().over(group_by=weighed.profile_id)
            weighed = weighed.mutate(total=total)
            weighed = weighed.filter(weighed.total >= self.at_least)
        best = picked(weighed, [weighed.weight.desc(), weighed.newest.desc(), weighed.value.asc()])
        return Computed(best.select("profile_id", "value"))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> MostFrequent | None:
    """Return the recipe of `{of: lines, property: category, weight: amount}`."""
    del type_
    before = len(reading.problems)
    given = reading.mapping(raw, path, _KNOWN, ("property",))
    if len(reading.problems) > before:
        return None
    rows = parse_rows(given, path, reading)
    column = read_property(given, "property", path, reading, rows, "text")
    found = MostFrequent(rows, column)
    if "weight" in given:
        weight = read_property(given, "weight", path, reading, rows, "number")
        found = replace(found, weight=weight)
    if "at_least" in given:
        at_least = reading.whole(given["at_least"], f"{path}.at_least", 1, _MOST)
        found = replace(found, at_least=at_least)
    return found


MOST_FREQUENT = RecipeKind("most_frequent", frozenset({"text"}), _parse)
