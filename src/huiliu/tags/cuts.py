"""Cut points of a population and the scores that they make; equal values have equal scores."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import ibis
import pyarrow as pa

from huiliu.conditions.population import number_literal
from huiliu.statistics.quantiles import DECIMALS

__all__ = ["ask_cuts", "read_cuts", "score"]


def ask_cuts(rows: ibis.Table, column: str, n_scores: int, prefix: str = "") -> ibis.Table:
    """Return one row with the cut points between so many scores, and `n`."""
    value = rows[column].cast("float64")
    points = {
        f"{prefix}c{at}": value.quantile(at / n_scores).round(DECIMALS) for at in range(1, n_scores)
    }
    return rows.aggregate(**points, **{f"{prefix}n": value.count()})


def read_cuts(found: pa.Table, n_scores: int, prefix: str = "") -> list[float]:
    """Return the cut points of an answer; none where there was nobody."""
    if not found[f"{prefix}n"][0].as_py():
        return []
    return [float(found[f"{prefix}c{at}"][0].as_py()) for at in range(1, n_scores)]


def score(value: ibis.Value, cuts: Sequence[float], *, best: str = "high") -> ibis.Value:
    """Return 1 + how many cut points lie below a value; the other way round where low is best."""
    if not cuts:
        return ibis.null("int64")
    over = reduce(add, ((value > number_literal(cut)).cast("int64") for cut in cuts))
    return over + 1 if best == "high" else len(cuts) + 1 - over
