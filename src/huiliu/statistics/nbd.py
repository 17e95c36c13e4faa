"""NBD: people buy at their own rate and never stop; what is left when no stopping can be seen.

Source: Ehrenberg, "The Pattern of Consumer Purchases", Applied Statistics 8 (1959).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from huiliu.statistics.fitting import Likelihood, is_at_edge, most_likely
from huiliu.statistics.histories import Floats, Histories, mean_age

__all__ = ["Nbd", "fit_nbd", "nbd_likelihood"]


@dataclass(frozen=True, slots=True)
class Nbd:
    """A fitted model; times are in the unit of the histories that it was fitted to."""

    #: Rates of purchase are Gamma(r, alpha).
    r: float
    alpha: float
    log_likelihood: float

    @property
    def is_degenerate(self) -> bool:
        """Say whether rates do not differ at all, or nobody ever comes back."""
        return is_at_edge(self.r)

    def p_alive(self, x: Floats, recency: Floats, age: Floats) -> Floats:
        """Return the chance that people who still buy are silent as long as these have been.

        No chance to have stopped can be had from a model in which nobody does; this says how
        surprising the silence is: 1 right after a purchase, near 0 after many own gaps.
        """
        power = (self.r + x) * (np.log(self.alpha + recency) - np.log(self.alpha + age))
        return np.asarray(np.exp(power))

    def purchases_of_the_living(self, x: Floats, age: Floats, span: Floats) -> Floats:
        """Return the purchases expected in spans ahead: one row a person, one column a length."""
        return np.asarray(np.outer((self.r + x) / (self.alpha + age), span))

    def expected_purchases(self, x: Floats, recency: Floats, age: Floats, span: float) -> Floats:
        """Return the purchases expected of people in a span ahead: all of them still buy."""
        del recency
        return self.purchases_of_the_living(x, age, np.array([span]))[:, 0]


def fit_nbd(histories: Histories) -> Nbd:
    """Return the most likely model; ask `is_degenerate` before believing it."""
    scale = mean_age(histories)
    at, value = most_likely(nbd_likelihood(histories, scale), ([0.0, 0.0], [-1.0, -1.0]))
    r, alpha = (float(one) for one in np.exp(at))
    repeats = float(histories.n @ histories.x)
    return Nbd(r, alpha * scale, value - repeats * float(np.log(scale)))


def nbd_likelihood(histories: Histories, scale: float) -> Likelihood:
    """Return the likelihood of histories whose times are divided by a scale."""
    x, age, n = histories.x, histories.age / scale, histories.n
    times, which = np.unique(x, return_inverse=True)

    def of(at: Floats) -> tuple[float, Floats]:
        """Return the logarithm of the likelihood, and its gradient by the logarithms."""
        r, alpha = np.exp(at)
        to_age = np.log(alpha + age)
        value = (gammaln(r + times) - gammaln(r) + r * np.log(alpha))[which] - (r + x) * to_age
        slope = np.array([
            n @ ((digamma(r + times) - digamma(r) + np.log(alpha))[which] - to_age),
            n @ (r / alpha - (r + x) / (alpha + age)),
        ])  # fmt: skip
        return float(n @ value), slope * np.exp(at)

    return Likelihood(of, float(n.sum()))
