"""BG/NBD: people buy at their own rate, and after each purchase some stop for good.

Source: Fader, Hardie, Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import digamma, gammaln, roots_jacobi

from huiliu.statistics.fitting import Likelihood, is_at_edge, most_likely
from huiliu.statistics.histories import MANY, ROUGH, Floats, Histories, mean_age, thinned

__all__ = ["BgNbd", "fit_bg_nbd"]

#: Below this chance of stopping after a purchase nobody ever stops: the fit says nothing.
NOBODY_STOPS: Final = 1e-4
_NODES: Final = 32


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted model; times are in the unit of the histories that it was fitted to."""

    #: Rates of purchase are Gamma(r, alpha), chances to stop are Beta(a, b).
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    @property
    def stops(self) -> float:
        """Return the mean chance to stop after a purchase."""
        return self.a / (self.a + self.b)

    @property
    def is_degenerate(self) -> bool:
        """Say whether the fit claims that nobody ever stops, or ran off to an edge."""
        return self.stops < NOBODY_STOPS or any(map(is_at_edge, (self.r, self.a, self.b)))

    def p_alive(self, x: Floats, recency: Floats, age: Floats) -> Floats:
        """Return the chance that people still buy; 1 for those who bought once: it cannot tell."""
        odds = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1)
        odds = odds + (self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + recency))
        return np.asarray(np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0))

    def purchases_of_the_living(self, x: Floats, age: Floats, span: Floats) -> Floats:
        """Return the purchases expected in spans ahead, of people who still buy.

        Args:
            x: repeat purchases of each person.
            age: time since the first purchase of each person.
            span: lengths ahead.

        Returns:
            One row a person, one column a length.
        """
        # The closed form holds a hypergeometric function that breaks near a = 1 and for a + b < 1;
        # the integral over the chance to stop is smooth, and a Gaussian rule gives all digits.
        found = np.empty((len(x), len(span)))
        for times in np.unique(x):
            rows = x == times
            nodes, weights = _beta_rule(self.a, self.b + times)
            rate = np.outer(1 / (self.alpha + age[rows]), span)
            grown = np.log1p(rate[:, :, None] * nodes)
            stayed = -np.expm1(-(self.r + times) * grown) / nodes
            found[rows] = stayed @ weights
        return found

    def expected_purchases(self, x: Floats, recency: Floats, age: Floats, span: float) -> Floats:
        """Return the purchases expected of people in a span ahead."""
        alive = self.p_alive(x, recency, age)
        living = self.purchases_of_the_living(x, age, np.array([span]))[:, 0]
        return np.asarray(alive * living)


def fit_bg_nbd(histories: Histories) -> BgNbd:
    """Return the most likely model; ask `is_degenerate` before believing it."""
    scale = mean_age(histories)
    starts = ([0.0, 0.0, 0.0, 0.0], [-1.0, -1.0, -0.5, 1.0], [0.0, -2.0, -2.0, 1.5])
    rough = None
    if len(histories.x) > MANY:
        rough = _likelihood(thinned(histories, ROUGH), scale)
    at, value = most_likely(_likelihood(histories, scale), starts, rough)
    r, alpha, a, b = (float(one) for one in np.exp(at))
    # Times were divided by the scale; each repeat purchase has a density by time.
    repeats = float(histories.n @ histories.x)
    return BgNbd(r, alpha * scale, a, b, value - repeats * float(np.log(scale)))


def _likelihood(histories: Histories, scale: float) -> Likelihood:
    """Return the likelihood of histories whose times are divided by a scale."""
    x, n = histories.x, histories.n
    recency, age = histories.recency / scale, histories.age / scale
    repeats = x > 0
    # What hangs on the number of purchases alone is computed once for each number.
    times, which = np.unique(x, return_inverse=True)

    def of(at: Floats) -> tuple[float, Floats]:
        """Return the logarithm of the likelihood, and its gradient by the logarithms."""
        r, alpha, a, b = np.exp(at)
        to_age, to_last = np.log(alpha + age), np.log(alpha + recency)
        base = gammaln(r + times) - gammaln(r) + r * np.log(alpha)
        base += gammaln(a + b) + gammaln(b + times) - gammaln(b) - gammaln(a + b + times)
        before = b + np.maximum(times, 1) - 1
        living = -(r + x) * to_age
        gone = np.log(a) - np.log(before)[which] - (r + x) * to_last
        gone = np.where(repeats, gone, -np.inf)
        both = np.logaddexp(living, gone)
        share = np.exp(gone - both)
        stopped = digamma(a + b) - digamma(a + b + times)
        slope = np.array([
            n @ ((digamma(r + times) - digamma(r) + np.log(alpha))[which]
                 - (1 - share) * to_age - share * to_last),
            n @ (r / alpha - (r + x) * ((1 - share) / (alpha + age) + share / (alpha + recency))),
            n @ (stopped[which] + share / a),
            n @ ((stopped + digamma(b + times) - digamma(b))[which] - share / before[which]),
        ])  # fmt: skip
        return float(n @ (base[which] + both)), slope * np.exp(at)

    return Likelihood(of, float(n.sum()))


def _beta_rule(first: float, second: float) -> tuple[Floats, Floats]:
    """Return the nodes and weights of the mean of a function under Beta(first, second)."""
    nodes, weights = roots_jacobi(_NODES, second - 1, first - 1)
    return (nodes + 1) / 2, weights / weights.sum()
