"""The difference of two shares where so few were counted that means are not normal yet.

The interval holds each difference that a score test does not refuse, the shares being the likeliest
ones that differ so; the test of no difference is the same one, so that p and interval agree.

Source: Miettinen, Nurminen, "Comparative Analysis of Two Rates", Statistics in Medicine 4 (1985),
with the closed form of Farrington, Manning, ibid. 9 (1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, copysign, cos, erfc, pi, sqrt
from typing import Final

from scipy.special import ndtri

from huiliu.statistics.bayes import chance_to_beat
from huiliu.statistics.proportions import Interval

__all__ = ["FEW", "Counts"]

#: Below so many of those who did, or of those who did not, in an arm (Cochran's rule).
FEW: Final = 5
#: Halvings until an end is known to all digits.
_HALVINGS: Final = 50
#: What is left of rounding is no difference.
_NOTHING: Final = 1e-15
#: Steps of Newton's method after the closed form, which tells shares to eight digits only.
_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of how many did something in two arms."""

    k: float
    n: float
    k_other: float
    n_other: float

    @property
    def is_few(self) -> bool:
        """Say whether too few did it, or too few did not, in either arm."""
        least = min(self.k, self.k_other, self.n - self.k, self.n_other - self.k_other)
        return least < FEW

    @property
    def error(self) -> float:
        """Return the standard error as if one more had and one more had not, in each arm.

        Source: Agresti, Caffo, "Simple and Effective Confidence Intervals for Proportions",
        The American Statistician 54 (2000). Arms in which nothing varied have one, too.
        """
        return sqrt(_variance(self.k + 1, self.n + 2) + _variance(self.k_other + 1,
                                                                  self.n_other + 2))  # fmt: skip

    @property
    def p(self) -> float:
        """Return the two-sided p of no difference."""
        return erfc(abs(self._score(0.0)) / sqrt(2))

    @property
    def chance(self) -> float:
        """Return how likely the other share is the greater one, both flat before; exact."""
        did = round(self.k), round(self.n), round(self.k_other), round(self.n_other)
        k, n, k_other, n_other = did
        # The sum runs over one of four counts: the least of them, or it would be long.
        sums = {
            k_other: lambda: chance_to_beat(k, n, k_other, n_other),
            k: lambda: 1 - chance_to_beat(k_other, n_other, k, n),
            n - k: lambda: chance_to_beat(n_other - k_other, n_other, n - k, n),
            n_other - k_other: lambda: 1 - chance_to_beat(n - k, n, n_other - k_other, n_other),
        }
        return sums[min(sums)]()

    def interval(self, alpha: float = 0.05) -> Interval:
        """Return the interval of the other share less the first."""
        reach = -float(ndtri(alpha / 2))
        seen = self.k_other / self.n_other - self.k / self.n
        return self._end(seen, -1.0, reach), self._end(seen, 1.0, reach)

    def _end(self, inside: float, outside: float, reach: float) -> float:
        """Return the furthest difference towards one side that is not refused."""
        if abs(self._score(outside)) <= reach:
            return outside
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if abs(self._score(middle)) <= reach:
                inside = middle
            else:
                outside = middle
        return inside

    def _score(self, gap: float) -> float:
        """Return by how many standard errors what was seen is off a true difference."""
        first, other = self._likeliest(gap)
        n = self.n + self.n_other
        spread = first * (1 - first) / self.n + other * (1 - other) / self.n_other
        off = self.k_other / self.n_other - self.k / self.n - gap
        if abs(off) < _NOTHING:
            return 0.0
        # However small: among a hundred million people no share of a few is left of rounding.
        if spread <= 0:
            return copysign(float("inf"), off)
        return off / sqrt(spread * n / (n - 1))

    def _likeliest(self, gap: float) -> Interval:
        """Return the likeliest shares of which the other is so much above the first."""
        n, hits = self.n + self.n_other, self.k + self.k_other
        if hits > n / 2:
            # By those who did not: numbers near 0 keep more digits than those near 1.
            missed = _likeliest(self.n - self.k, self.n, self.n_other, n - hits, -gap)
            return 1 - missed[0], 1 - missed[1]
        return _likeliest(self.k, self.n, self.n_other, hits, gap)


def _likeliest(k: float, n: float, n_other: float, hits: float, gap: float) -> Interval:
    """Return the likeliest shares of two arms, of which the other is so much above the first."""
    # The likelihood is greatest where a cubic is 0; this is its root that is a share.
    both = n + n_other
    square = (n_other + 2 * n) * gap - both - hits
    line = (n * gap - both - 2 * k) * gap + hits
    rest = k * gap * (1 - gap)
    third = square / (3 * both)
    turn = third**3 - square * line / (6 * both * both) + rest / (2 * both)
    reach = copysign(sqrt(max(0.0, third * third - line / (3 * both))), turn)
    angle = acos(max(-1.0, min(1.0, turn / reach**3))) if reach else pi / 2
    first = 2 * reach * cos((pi + angle) / 3) - third
    for _ in range(_STEPS):
        slope = (3 * both * first + 2 * square) * first + line
        if slope:
            first -= (((both * first + square) * first + line) * first + rest) / slope
    first = min(1.0, max(0.0, first))
    return first, min(1.0, max(0.0, first + gap))


def _variance(k: float, n: float) -> float:
    """Return the variance of a share."""
    return k / n * (1 - k / n) / n
