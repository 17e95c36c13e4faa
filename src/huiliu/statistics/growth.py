"""How many others each brings, and what one of them costs: figures with n and interval.

A mean of counts per person varies more than Poisson's law says, as a few bring most; the interval
widens by the dispersion that was seen. Sources: McCullagh and Nelder, "Generalized Linear Models",
1989, section 6.2 (quasi-likelihood); Garwood, "Fiducial Limits for the Poisson Distribution",
Biometrika 28 (1936), for none at all; Cochran, "Sampling Techniques", 1977, section 6.4 (ratio).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Final

__all__ = ["Rate", "mean_of_counts", "ratio"]

#: The quantile of the normal distribution for 95 %.
_Z: Final = 1.959963984540054
#: Garwood's upper 95 % limit where nothing was seen: half the chi-square quantile of 2 degrees.
_UPPER_OF_NONE: Final = 3.688879454113936


@dataclass(frozen=True, slots=True)
class Rate:
    """A figure, what it rests on, and its 95 % interval."""

    #: None = nothing to divide by.
    value: float | None
    #: People, or whatever it was measured over.
    n: int
    low: float | None = None
    #: None = there is no upper end yet.
    high: float | None = None


def mean_of_counts(counts: Sequence[int]) -> Rate:
    """Return how many each has on average; few counts, or one, say little, and show it."""
    n = len(counts)
    if not n:
        return Rate(None, 0)
    total = sum(counts)
    if not total:
        return Rate(0.0, n, 0.0, _UPPER_OF_NONE / n)
    mean = total / n
    spread = sum((one - mean) ** 2 for one in counts) / mean / (n - 1) if n > 1 else 1.0
    factor = exp(_Z * sqrt(max(1.0, spread) / total))
    return Rate(mean, n, mean / factor, mean * factor)


def ratio(costs: Sequence[float], counts: Sequence[int]) -> Rate:
    """Return the sum of costs by the sum of counts, both of the same people, in their order."""
    n, total = sum(counts), sum(costs)
    if not n:
        return Rate(None, 0)
    found = total / n
    m = len(counts)
    # Of one there is no spread.
    if m < 2 or not total:
        return Rate(found, n)
    squares = sum((cost - found * k) ** 2 for cost, k in zip(costs, counts, strict=True))
    error = sqrt(squares * m / (m - 1)) / total
    factor = exp(_Z * error)
    return Rate(found, n, found / factor, found * factor)
