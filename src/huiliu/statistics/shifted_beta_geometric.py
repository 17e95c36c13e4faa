"""Shifted beta-geometric: how long subscribers stay, who each have their own chance to cancel.

Source: Fader, Hardie, "How to Project Customer Retention", Journal of Interactive Marketing 21
(2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma

from huiliu.statistics.fitting import Likelihood, most_likely
from huiliu.statistics.histories import Floats

__all__ = ["ShiftedBetaGeometric", "fit_shifted_beta_geometric"]


@dataclass(frozen=True, slots=True)
class ShiftedBetaGeometric:
    """A fitted model: chances to cancel at each renewal are Beta(alpha, beta)."""

    alpha: float
    beta: float
    log_likelihood: float

    def survival(self, periods: Floats) -> Floats:
        """Return the share that is still there after so many periods."""
        return np.asarray(
            np.exp(betaln(self.alpha, self.beta + periods) - betaln(self.alpha, self.beta))
        )


def fit_shifted_beta_geometric(left: Sequence[float]) -> ShiftedBetaGeometric:
    """Return the most likely model of one cohort.

    Args:
        left: subscribers at the start and after each period, never growing.
    """
    held = np.asarray(left, np.float64)
    lost, stays = held[:-1] - held[1:], float(held[-1])
    periods = np.arange(1, len(held), dtype=np.float64)
    last = len(held) - 1.0

    def of(at: Floats) -> tuple[float, Floats]:
        """Return the logarithm of the likelihood, and its gradient by the logarithms."""
        a, b = np.exp(at)
        value = lost @ (betaln(a + 1, b + periods - 1) - betaln(a, b))
        value += stays * (betaln(a, b + last) - betaln(a, b))
        whole = digamma(a + b)
        by_a = lost @ (digamma(a + 1) - digamma(a + b + periods) - digamma(a) + whole)
        by_a += stays * (whole - digamma(a + b + last))
        by_b = lost @ (digamma(b + periods - 1) - digamma(a + b + periods) - digamma(b) + whole)
        by_b += stays * (digamma(b + last) - digamma(a + b + last) - digamma(b) + whole)
        return float(value), np.array([by_a * a, by_b * b])

    at, value = most_likely(Likelihood(of, float(held[0])), ([0.0, 0.0], [-1.0, 1.0]))
    alpha, beta = (float(one) for one in np.exp(at))
    return ShiftedBetaGeometric(alpha, beta, value)
