"""Intervals that hold at every look at once, however often one looks and whenever one stops.

Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and
asymptotic confidence sequences", arXiv 2103.06476, equation 9 (Robbins' normal mixture).
"""

from __future__ import annotations

from math import exp, isfinite, log, sqrt
from typing import Final

from huiliu.statistics.proportions import Interval

__all__ = ["EXPECTED", "half_width", "interval", "p_value", "people_to_tell"]

#: People for whom the interval is made as narrow as it can be, where nobody says otherwise.
EXPECTED: Final = 5_000
#: More people than anybody can ask.
_WORLD: Final = 1e12


def half_width(error: float, n: float, alpha: float = 0.05, expected: float = EXPECTED) -> float:
    """Return half the width of the interval of an estimate.

    Args:
        error: its standard error at this look.
        n: people seen so far.
        alpha: how often the interval may miss the truth at any look at all.
        expected: the number of people for which it is narrowest.
    """
    # Where nothing varies yet, nobody knows how much it would: 2 of 2 against 0 of 2 tell nothing.
    if not isfinite(error) or error == 0 or n <= 0:
        return float("inf")
    mixing = n * _rho2(alpha, expected)
    spread = error * error * n
    return sqrt(spread * 2 * (mixing + 1) / (n * mixing) * log(sqrt(mixing + 1) / alpha))


def interval(
    value: float, error: float, n: float, alpha: float = 0.05, expected: float = EXPECTED
) -> Interval:
    """Return the interval of an estimate."""
    half = half_width(error, n, alpha, expected)
    return value - half, value + half


def p_value(
    value: float, error: float, n: float, alpha: float = 0.05, expected: float = EXPECTED
) -> float:
    """Return the smallest level at which the interval leaves 0 out; 1 at most.

    The mixture stays the one of `alpha`, so that p < alpha exactly where its interval says so.
    """
    if not isfinite(error) or error == 0 or n <= 0:
        return 1.0
    mixing = n * _rho2(alpha, expected)
    return min(1.0, sqrt(mixing + 1) * exp(-((value / error) ** 2) * mixing / (2 * (mixing + 1))))


def people_to_tell(
    value: float, error: float, n: float, alpha: float = 0.05, expected: float = EXPECTED
) -> float:
    """Return at how many people the interval leaves 0 out, if the estimate stays as it is.

    0 = there is no difference, or nothing is known: then no number of people is enough.
    """
    if not isfinite(error) or error == 0 or n <= 0 or not value:
        return 0.0
    low, high = 0.0, max(n, 1.0)

    def tells(people: float) -> bool:
        return half_width(error * sqrt(n / people), people, alpha, expected) < abs(value)

    while not tells(high):
        low, high = high, high * 2
        if high > _WORLD:
            return 0.0
    while high - low > max(1.0, high * 1e-6):
        middle = (low + high) / 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return high


def _rho2(alpha: float, expected: float) -> float:
    """Return the mixture's variance that makes the interval narrowest at the expected number."""
    wide = -2 * log(alpha)
    return (wide + log(wide + 1)) / expected
