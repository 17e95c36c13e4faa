"""`days_since`: whole days from a person's last (or first) row to today, in the brand's zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.wall_clock import local, today
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.rows import ROW_KEYS, Rows, parse_rows

__all__ = ["DAYS_SINCE", "DaysSince"]

_KNOWN: Final = ROW_KEYS | {"which"}
_WHICH: Final = ("last", "first")


@dataclass(frozen=True, slots=True)
class DaysSince:
    """Midnights between that row's day and today: 0 is today."""

    rows: Rows
    which: str = "last"

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        tree = self.rows.tree()
        return tree if self.which == "last" else {**tree, "which": self.which}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Count everybody's days."""
        yield from ()
        rows = self.rows.read(ground, now)
        at = rows["at"].max() if self.which == "last" else rows["at"].min()
        edges = rows.group_by("profile_id").agg(edge=at)
        day = local(edges.edge, ground.zone, now).date()
        n_days = ibis.literal(today(ground.zone, now)).delta(day, unit="day")
        return Computed(edges.select("profile_id", value=ibis.greatest(n_days, 0)))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> DaysSince | None:
    """Return the recipe of `{of: purchases}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN)
    which = given.get("which", "last")
    if which not in _WHICH:
        reading.wrong(f"{path}.which", "want_choice", found=which, known=", ".join(_WHICH))
    return DaysSince(parse_rows(given, path, reading), str(which))


DAYS_SINCE = RecipeKind("days_since", frozenset({"number"}), _parse)
