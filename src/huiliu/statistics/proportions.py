"""Intervals of a share and of the difference of two shares, good for small numbers too.

Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22
(1927); Newcombe, "Interval Estimation for the Difference Between Independent Proportions",
Statistics in Medicine 17 (1998), method 10.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

__all__ = ["Interval", "difference", "wilson"]

#: (low, high).
Interval = tuple[float, float]

#: The quantile of the normal distribution for 95 %.
_Z: Final = 1.959963984540054


def wilson(k: int, n: int) -> Interval:
    """Return the 95 % interval of the share of which k of n were seen; no tries tell nothing."""
    if not n:
        return 0.0, 1.0
    share, z2 = k / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(k: int, n: int, k_other: int, n_other: int) -> Interval:
    """Return the 95 % interval of a share less another one, of groups that are independent."""
    if not n or not n_other:
        return -1.0, 1.0
    one, other = k / n, k_other / n_other
    low, high = wilson(k, n)
    low_other, high_other = wilson(k_other, n_other)
    gap = one - other
    return (
        max(-1.0, gap - sqrt((one - low) ** 2 + (high_other - other) ** 2)),
        min(1.0, gap + sqrt((high - one) ** 2 + (other - low_other) ** 2)),
    )
