"""`repurchase_cycle`: the median of the days between a person's purchase days.

What is published tells more: over all people the median of observed gaps, and by Kaplan-Meier the
median when those who have not returned yet are counted as still to return.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
import pyarrow as pa

from huiliu.statistics.kaplan_meier import kaplan_meier
from huiliu.statistics.quantiles import quantile_of_counts
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, Published, RecipeKind, Steps
from huiliu.tags.recipes.days import gaps_between, purchase_days, today_number
from huiliu.tags.rows import ROW_KEYS, Rows, parse_rows

__all__ = ["REPURCHASE_CYCLE", "RepurchaseCycle", "gap_figures"]

_KNOWN: Final = (ROW_KEYS - {"of", "event"}) | {"least_gaps"}
_QUANTILES: Final = {"median": 0.5, "p75": 0.75, "p90": 0.9}


@dataclass(frozen=True, slots=True)
class RepurchaseCycle:
    """Who has fewer gaps than asked for has no cycle of their own."""

    rows: Rows
    least_gaps: int = 1

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        tree = {key: value for key, value in self.rows.tree().items() if key != "of"}
        return tree if self.least_gaps == 1 else {**tree, "least_gaps": self.least_gaps}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Find everybody's median gap, and the curve of all."""
        rows = self.rows.read(ground, now)
        days = purchase_days(rows.mutate(value=0.0), ground, now)
        gaps: ibis.Table = yield Keep("gaps", gaps_between(days))
        closed = gaps.filter(gaps.gap.notnull())
        open_ = gaps.filter(gaps.later == 0)
        found: tuple[pa.Table, pa.Table] = yield (
            closed.group_by("gap").agg(n=closed.count()),
            open_.group_by(gap=today_number(ground.zone, now) - open_.day).agg(n=ibis._.count()),
        )
        own = closed.group_by("profile_id").agg(value=closed.gap.median(), n=closed.count())
        own = own.filter(own.n >= self.least_gaps).select("profile_id", "value")
        return Computed(own, gap_figures(*found))


def gap_figures(closed: pa.Table, open_: pa.Table) -> Published:
    """Return what all gaps say: of those who returned, and with those who have not."""
    closed = closed.sort_by("gap")
    gaps, n = (np.asarray(closed[name], np.float64) for name in ("gap", "n"))
    waits, n_waits = (np.asarray(open_[name], np.float64) for name in ("gap", "n"))
    figures: dict[str, float | str | list[float]] = {
        "n_gaps": float(n.sum()), "n_waiting": float(n_waits.sum()),
    }  # fmt: skip
    if len(gaps):
        figures |= {name: quantile_of_counts(gaps, n, q) for name, q in _QUANTILES.items()}
    curve = kaplan_meier(
        np.concatenate([gaps, np.maximum(waits, 0)]),
        np.concatenate([np.ones(len(gaps)), np.zeros(len(waits))]),
        np.concatenate([n, n_waits]),
    )
    for name, q in _QUANTILES.items():
        reached = curve.quantile(q)
        if reached is not None:
            figures[f"kaplan_meier_{name}"] = reached
    return figures


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> RepurchaseCycle | None:
    """Return the recipe of `{least_gaps: 2}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN)
    least = reading.whole(given.get("least_gaps", 1), f"{path}.least_gaps", 1, 1000)
    rows = parse_rows(
        {key: value for key, value in given.items() if key in ROW_KEYS}, path, reading
    )
    return RepurchaseCycle(rows, least)


REPURCHASE_CYCLE = RecipeKind("repurchase_cycle", frozenset({"number"}), _parse)
