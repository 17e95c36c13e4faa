"""The one method of quantiles: linear between order statistics, as every engine's own.

Hyndman and Fan's type 7: of n values in order, the quantile q stands at position q (n - 1), and
between two values on the straight line. DuckDB's `quantile_cont` and Spark's `percentile` are the
same; a test compares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["DECIMALS", "quantile", "quantile_of_counts", "scores"]

#: Published cut points are rounded so: engines differ in the last bit of a straight line.
DECIMALS = 6


def quantile(values: npt.ArrayLike, q: float) -> float:
    """Return the quantile of some numbers; nan where there are none."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    return quantile_of_counts(ordered, np.ones(len(ordered), np.int64), q)


def quantile_of_counts(ordered: npt.ArrayLike, counts: npt.ArrayLike, q: float) -> float:
    """Return the quantile of numbers in ascending order that stand so often each."""
    held, times = np.asarray(ordered, dtype=np.float64), np.asarray(counts, dtype=np.int64)
    held, times = held[times > 0], times[times > 0]
    if not len(held):
        return float("nan")
    past = np.cumsum(times)
    place = q * float(past[-1] - 1)
    below = int(np.floor(place))
    low, high = held[
        np.searchsorted(past, [below, below + 1], side="right").clip(max=len(held) - 1)
    ]
    return float(low + (high - low) * (place - below)) if high > low else float(low)


def scores(values: npt.ArrayLike, cuts: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return 1 + how many of the ascending cut points lie below each value.

    Equal values have equal scores, however many there are: no one is placed by chance.
    """
    held = np.asarray(values, dtype=np.float64)
    return np.asarray(1 + np.searchsorted(np.asarray(cuts), held, side="left"), np.int64)
