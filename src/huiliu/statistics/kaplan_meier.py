"""Kaplan-Meier: how long things take, when for some it is only known that they took longer.

Source: Kaplan, Meier, "Nonparametric Estimation from Incomplete Observations", JASA 53 (1958).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from huiliu.statistics.histories import Floats

__all__ = ["KaplanMeier", "kaplan_meier"]

#: The quantile of the normal distribution for 95 %.
_Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """The share for whom it has not happened yet, after each time at which it happened to some."""

    times: Floats
    survival: Floats
    #: How many were watched, and to how many it happened.
    n: float
    n_events: float
    #: Greenwood's sum at each of the times: the variance of the logarithm of the survival.
    greenwood: Floats

    def interval(self) -> tuple[list[float], list[float]]:
        """Return the lower and upper ends of 95 % intervals of the survival at each of the times.

        Source: Kalbfleisch, Prentice, "The Statistical Analysis of Failure Time Data" (1980): on
        the scale of log(-log S), so that no end leaves 0 to 1.
        """
        low, high = [], []
        for share, variance in zip(self.survival, self.greenwood, strict=True):
            if not 0 < share < 1:
                low.append(float(share))
                high.append(float(share))
                continue
            reach = exp(_Z * sqrt(variance) / abs(log(share)))
            low.append(float(share**reach))
            high.append(float(share ** (1 / reach)))
        return low, high

    def quantile(self, q: float) -> float | None:
        """Return the first time by which it has happened to a share q; None = never seen.

        Who has not returned counts as still to return, so this is later than the same quantile of
        those who have.
        """
        reached = np.flatnonzero(self.survival <= 1 - q + 1e-12)
        return float(self.times[reached[0]]) if len(reached) else None

    @property
    def median(self) -> float | None:
        """Return the time by which it has happened to half; None = never seen."""
        return self.quantile(0.5)


def kaplan_meier(
    durations: npt.ArrayLike, happened: npt.ArrayLike, n: npt.ArrayLike | None = None
) -> KaplanMeier:
    """Return the curve.

    Args:
        durations: how long each was watched.
        happened: whether it happened at that time; else watching ended before it did.
        n: how many are like each; 1 if not given.
    """
    lengths = np.asarray(durations, np.float64)
    events = np.asarray(happened, np.bool_)
    counts = np.ones(len(lengths)) if n is None else np.asarray(n, np.float64)
    times, where = np.unique(lengths, return_inverse=True)
    ended = np.bincount(where, weights=counts, minlength=len(times))
    came = np.bincount(where, weights=counts * events, minlength=len(times))
    # Who is let go at a time was still watched at it.
    watched = counts.sum() - (np.cumsum(ended) - ended)
    survival = np.cumprod(1 - came / np.maximum(watched, 1e-300))
    left = watched - came
    part = np.where(left > 0, came / np.maximum(watched * left, 1e-300), 0.0)
    kept = came > 0
    return KaplanMeier(
        times[kept], survival[kept], float(counts.sum()), float(came.sum()),
        np.cumsum(part)[kept],
    )  # fmt: skip
