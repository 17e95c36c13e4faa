"""Whether two shares of people who are independent differ, by the normal test with a pooled share.

Source: any textbook; equal to the chi-square test of a table of two by two.
"""

from __future__ import annotations

from math import erfc, sqrt

__all__ = ["more_needed", "two_shares"]

#: Quantiles of the normal distribution for 5 % at two ends and a power of 80 %.
_Z: float = 1.959963984540054 + 0.8416212335729143


def two_shares(k: int, n: int, k_other: int, n_other: int) -> float:
    """Return p of the difference of k of n and k_other of n_other; 1 where nothing can differ."""
    if not n or not n_other:
        return 1.0
    pooled = (k + k_other) / (n + n_other)
    variance = pooled * (1 - pooled) * (1 / n + 1 / n_other)
    if variance <= 0:
        return 1.0
    return erfc(abs(k / n - k_other / n_other) / sqrt(2 * variance))


def more_needed(k: int, n: int, k_other: int, n_other: int) -> int | None:
    """Return how many more of the smaller group would tell the difference, if it stays as it is.

    None = there is no difference to be told, or nobody at all.
    """
    if not n or not n_other or k * n_other == k_other * n:
        return None
    one, other = k / n, k_other / n_other
    variance = one * (1 - one) + other * (1 - other)
    return max(0, round(_Z**2 * variance / (one - other) ** 2) - min(n, n_other))
