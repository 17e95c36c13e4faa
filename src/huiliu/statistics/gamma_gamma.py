"""Gamma-Gamma: what a purchase is worth, when spend and frequency do not hang together.

Source: Fader, Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from huiliu.statistics.fitting import Likelihood, is_at_edge, most_likely
from huiliu.statistics.histories import MANY, ROUGH, Floats

__all__ = ["GammaGamma", "fit_gamma_gamma", "spend_correlation"]


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted model of the mean value of a person's purchases."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    @property
    def is_degenerate(self) -> bool:
        """Say whether values do not vary, or vary without a mean."""
        return not self.q > 1 or is_at_edge(self.p) or is_at_edge(self.q)

    @property
    def mean(self) -> float:
        """Return the mean value over all people."""
        return self.p * self.gamma / (self.q - 1)

    def expected(self, x: Floats, value: Floats) -> Floats:
        """Return the value expected of people's purchases; with none seen, the mean of all."""
        seen = self.p * x
        own = self.p * (self.gamma + x * value) / (seen + self.q - 1)
        return np.asarray(np.where(x > 0, own, self.mean))


def fit_gamma_gamma(x: Floats, value: Floats) -> GammaGamma:
    """Return the most likely model; ask `is_degenerate` before believing it.

    Args:
        x: number of purchases of each person, above 0.
        value: their mean value, above 0.
    """
    scale = float(value.mean())
    rough = None
    if len(x) > MANY:
        step = len(x) // ROUGH
        rough = _likelihood(x[::step], value[::step] / scale)
    starts = ([1.0, 1.0, 0.0], [2.0, 1.0, -1.0], [0.0, 2.0, 2.0])
    at, found = most_likely(_likelihood(x, value / scale), starts, rough)
    p, q, gamma = (float(one) for one in np.exp(at))
    return GammaGamma(p, q, gamma * scale, found - len(x) * float(np.log(scale)))


def _likelihood(x: Floats, z: Floats) -> Likelihood:
    """Return the likelihood of mean values."""
    log_z, log_x = np.log(z), np.log(x)
    times, which = np.unique(x, return_inverse=True)

    def of(at: Floats) -> tuple[float, Floats]:
        """Return the logarithm of the likelihood, and its gradient by the logarithms."""
        p, q, gamma = np.exp(at)
        rest = np.log(gamma + x * z)
        shape = p * x + q
        found = (gammaln(p * times + q) - gammaln(p * times))[which]
        found = found - gammaln(q) + q * np.log(gamma)
        found += (p * x - 1) * log_z + p * x * log_x - shape * rest
        both, own = digamma(p * times + q)[which], digamma(p * times)[which]
        slope = np.array([
            np.sum(x * (both - own + log_z + log_x - rest)),
            np.sum(both - digamma(q) + np.log(gamma) - rest),
            np.sum(q / gamma - shape / (gamma + x * z)),
        ])  # fmt: skip
        return float(np.sum(found)), slope * np.exp(at)

    return Likelihood(of, float(len(x)))


def spend_correlation(x: Floats, value: Floats) -> float:
    """Return the correlation of frequency and spend; 0 where either does not vary.

    The model takes them to be independent: look at this before believing it.
    """
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(value) == 0:
        return 0.0
    return float(np.corrcoef(x, value)[0, 1])
