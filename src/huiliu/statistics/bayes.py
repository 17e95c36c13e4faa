"""The Bayesian view of a difference: how likely it is better, and what a wrong choice costs.

Source: Stucchio, "Bayesian A/B Testing at VWO" (2015), for the expected loss; Miller, "Formulas for
Bayesian A/B Testing" (2014), for the exact chance of two shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, log, pi, sqrt
from typing import Final

from scipy.special import betaln, ndtr, ndtri

from huiliu.statistics.proportions import Interval

__all__ = ["PRIOR_SD", "Belief", "believe", "chance_to_beat"]

#: Where nobody says otherwise, relative differences are taken to be around 0 with this deviation.
PRIOR_SD: Final = 0.3


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a difference: a normal distribution."""

    mean: float
    deviation: float

    @property
    def chance(self) -> float:
        """Return how likely the variant is better."""
        if not self.deviation:
            return float(self.mean > 0)
        return float(ndtr(self.mean / self.deviation))

    @property
    def risk(self) -> tuple[float, float]:
        """Return what is expected to be lost: by keeping the control, and by taking the variant."""
        if not self.deviation:
            return max(self.mean, 0.0), max(-self.mean, 0.0)
        at = self.mean / self.deviation
        over = self.deviation * exp(-at * at / 2) / sqrt(2 * pi)
        return (
            over + self.mean * float(ndtr(at)),
            over - self.mean * float(ndtr(-at)),
        )

    def interval(self, alpha: float = 0.05) -> Interval:
        """Return what lies in the middle 1 - alpha of the belief."""
        half = -float(ndtri(alpha / 2)) * self.deviation
        return self.mean - half, self.mean + half


def believe(
    value: float, error: float, prior_mean: float = 0.0, prior_sd: float | None = PRIOR_SD
) -> Belief:
    """Return what is believed after a difference was seen; without `prior_sd`, nothing before."""
    if not isfinite(error):
        return Belief(prior_mean, prior_sd if prior_sd is not None else float("inf"))
    if prior_sd is None or error == 0:
        return Belief(value, error)
    ours, theirs = 1 / prior_sd**2, 1 / error**2
    return Belief((ours * prior_mean + theirs * value) / (ours + theirs), 1 / sqrt(ours + theirs))


def chance_to_beat(k: int, n: int, k_other: int, n_other: int) -> float:
    """Return how likely the other share is above the first, both flat before; exact.

    Args:
        k: successes of the first.
        n: its tries.
        k_other: successes of the other.
        n_other: its tries.
    """
    first, missed = k + 1, n - k + 1
    total = 0.0
    for at in range(k_other + 1):
        total += exp(
            betaln(first + at, n_other - k_other + 1 + missed)
            - log(n_other - k_other + 1 + at)
            - betaln(1 + at, n_other - k_other + 1)
            - betaln(first, missed)
        )
    return min(1.0, total)
