"""How likely the days to come add up to what is needed, from how the days before them varied.

The days are a mean for each weekday (or one for all, where there are few) and noise around it. The
noise of the sum, the uncertainty of the means and the stickiness of the noise from one day to the
next all count; Student's t for the few days that told of them.

Source: Priestley, "Spectral Analysis and Time Series" (1981), section 5.3, for the variance of a
sum of autocorrelated values; Kendall, "Note on Bias in the Estimation of Autocorrelation",
Biometrika 41 (1954), for its correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from scipy.special import stdtr, stdtrit

from huiliu.statistics.histories import Floats

__all__ = ["FEWEST_DAYS", "WEEKLY_DAYS", "Course", "project"]

#: Fewer days than this tell nothing about those to come.
FEWEST_DAYS: Final = 14
#: From so many days on, each weekday has a mean of its own.
WEEKLY_DAYS: Final = 28
_WEEK: Final = 7
#: Noise that sticks more than this is a trend, of which so few days tell too little.
_STICKIEST: Final = 0.8
_FEWEST_FREEDOM: Final = 3.0


@dataclass(frozen=True, slots=True)
class Course:
    """What the days to come add up to: a t distribution around what is expected."""

    expected: float
    #: Standard error of the sum.
    error: float
    #: Degrees of freedom.
    freedom: float

    def reaches(self, needed: float) -> float:
        """Return the probability that the sum is at least so much."""
        if self.error == 0:
            return float(self.expected >= needed)
        return float(stdtr(self.freedom, (self.expected - needed) / self.error))

    def between(self, share: float = 0.8) -> tuple[float, float]:
        """Return the interval in which the sum lies with a probability."""
        if self.error == 0:
            return self.expected, self.expected
        half = float(stdtrit(self.freedom, (1 + share) / 2)) * self.error
        return self.expected - half, self.expected + half


def project(history: Mapping[int, float], ahead: Sequence[int]) -> Course | None:
    """Return what the days ahead add up to; None = too few days told of them.

    Args:
        history: day (its number modulo 7 is its weekday) -> value; a day without a row is missing,
            not zero.
        ahead: the days to come.
    """
    if len(history) < FEWEST_DAYS:
        return None
    days = np.array(sorted(history))
    values = np.array([history[day] for day in days.tolist()], dtype=np.float64)
    groups = days % _WEEK if _has_weeks(days) else np.zeros_like(days)
    coming = np.array(ahead, dtype=np.int64)
    coming = coming % _WEEK if groups.any() else np.zeros_like(coming)
    residuals = values.copy()
    expected = spread = 0.0
    n_groups = 0
    for group in np.unique(groups).tolist():
        mine = groups == group
        mean, n = float(values[mine].mean()), int(mine.sum())
        residuals[mine] -= mean
        n_ahead = int((coming == group).sum())
        expected += n_ahead * mean
        # The noise of these days, and that their mean is known from few.
        spread += n_ahead + n_ahead**2 / n
        n_groups += 1
    freedom = len(values) - n_groups
    inflation = _inflation(days, residuals)
    variance = float((residuals**2).sum()) / freedom * spread * inflation
    # What is left of rounding is no variance.
    error = sqrt(variance) if variance > 1e-18 * float((values**2).sum()) else 0.0
    return Course(expected, error, max(freedom / inflation, _FEWEST_FREEDOM))


def _has_weeks(days: np.ndarray) -> bool:
    """Say whether every weekday was seen often enough to have a mean of its own."""
    _, counts = np.unique(days % _WEEK, return_counts=True)
    return len(days) >= WEEKLY_DAYS and len(counts) == _WEEK and int(counts.min()) > 1


def _inflation(days: np.ndarray, residuals: Floats) -> float:
    """Return by how much the stickiness of noise widens the variance of sums; never below 1."""
    follows = np.diff(days) == 1
    squares = float((residuals**2).sum())
    n = int(follows.sum())
    if squares == 0 or n <= _FEWEST_FREEDOM:
        return 1.0
    seen = float((residuals[1:] * residuals[:-1])[follows].sum()) / squares
    # A few days alone make it look smaller than it is.
    sticks = (n * seen + 1) / (n - 3)
    sticks = min(max(sticks, 0.0), _STICKIEST)
    return (1 + sticks) / (1 - sticks)
