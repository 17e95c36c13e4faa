"""Pareto/NBD: people buy at their own rate until, at some time of their own, they stop for good.

Source: Schmittlein, Morrison, Colombo, "Counting Your Customers", Management Science 33 (1987), in
the form of Fader and Hardie's note of 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaln, hyp2f1

from huiliu.statistics.fitting import Likelihood, is_at_edge, most_likely
from huiliu.statistics.histories import ROUGH, Floats, Histories, mean_age, thinned
from huiliu.statistics.nbd import fit_nbd, nbd_likelihood

__all__ = ["ParetoNbd", "fit_pareto_nbd"]

#: Where fewer than this share stop while they are watched, nobody does: the fit says nothing.
NOBODY_STOPS: Final = 1e-3
_STEP: Final = 1e-6
#: Each history costs hypergeometric series in every step: so many evenly spaced ones must do.
MOST: Final = 4_000
#: Logarithms of s and beta that are tried before the climb, in mean times of being watched.
_GRID: Final = (-3.5, -1.5, 0.0, 1.5, 3.0)


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """A fitted model; times are in the unit of the histories that it was fitted to."""

    #: Rates of purchase are Gamma(r, alpha), rates of stopping are Gamma(s, beta).
    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float
    #: Mean time that people were watched.
    watched: float

    @property
    def stops(self) -> float:
        """Return the share of people who stop while they are watched."""
        return float(-np.expm1(-self.s * np.log1p(self.watched / self.beta)))

    @property
    def is_degenerate(self) -> bool:
        """Say whether the fit claims that nobody, or everybody at once, stops, or ran off."""
        scaled = (self.r, self.s, self.beta / self.watched)
        return not NOBODY_STOPS < self.stops < 1 - NOBODY_STOPS or any(map(is_at_edge, scaled))

    def p_alive(self, x: Floats, recency: Floats, age: Floats) -> Floats:
        """Return the chance that people still buy."""
        with np.errstate(all="ignore"):
            at = np.log([self.r, self.alpha, self.s, self.beta])
            living, gone = _parts(at, x, recency, age)
        return np.asarray(1 / (1 + np.exp(np.minimum(gone - living, 700))))

    def purchases_of_the_living(self, x: Floats, age: Floats, span: Floats) -> Floats:
        """Return the purchases expected in spans ahead, of people who still buy.

        One row a person, one column a length.
        """
        rate = (self.r + x) / (self.alpha + age)
        grown = np.log1p(np.outer(1 / (self.beta + age), span))
        power = (self.s - 1) * grown
        small = np.abs(power) < 1e-9
        shrunk = np.where(small, 1 - power / 2, -np.expm1(-power) / np.where(small, 1, power))
        return np.asarray((rate * (self.beta + age))[:, None] * grown * shrunk)

    def expected_purchases(self, x: Floats, recency: Floats, age: Floats, span: float) -> Floats:
        """Return the purchases expected of people in a span ahead."""
        alive = self.p_alive(x, recency, age)
        living = self.purchases_of_the_living(x, age, np.array([span]))[:, 0]
        return np.asarray(alive * living)


def fit_pareto_nbd(histories: Histories) -> ParetoNbd:
    """Return the most likely model; ask `is_degenerate` before believing it."""
    watched = mean_age(histories)
    # Begin where nobody stops, with the stopping that helps most there. Where none helps, the
    # climb would go on for ever towards none, through numbers that are dear to compute.
    never = fit_nbd(histories)
    at = np.log([never.r, never.alpha / watched])
    some = thinned(histories, ROUGH)
    rough = _value(some, watched)
    gains = [(rough(np.array([*at, s, beta])), (s, beta)) for s in _GRID for beta in _GRID]
    best, (s, beta) = max(gains)
    if not best > nbd_likelihood(some, watched).of(at)[0]:
        return ParetoNbd(never.r, never.alpha, 0.0, watched, never.log_likelihood, watched)
    value = _value(thinned(histories, MOST), watched)

    def of(at: Floats) -> tuple[float, Floats]:
        """Return the likelihood with its gradient, by central differences."""
        steps = np.eye(len(at)) * _STEP
        slope = [(value(at + step) - value(at - step)) / (2 * _STEP) for step in steps]
        return value(at), np.array(slope)

    n = float(histories.n.sum())
    at, found = most_likely(Likelihood(of, n), ([*at, s, beta],))
    r, alpha, s, beta = (float(one) for one in np.exp(at))
    whole = found - float(histories.n @ histories.x) * float(np.log(watched))
    return ParetoNbd(r, alpha * watched, s, beta * watched, whole, watched)


def _value(histories: Histories, scale: float) -> Callable[[Floats], float]:
    """Return the logarithm of the likelihood of histories whose times are divided by a scale."""
    x, n = histories.x, histories.n
    recency, age = histories.recency / scale, histories.age / scale
    times, which = np.unique(x, return_inverse=True)

    def value(at: Floats) -> float:
        """Return it at some logarithms of parameters."""
        r, alpha, s, beta = np.exp(at)
        with np.errstate(all="ignore"):
            living, gone = _parts(at, x, recency, age)
            base = gammaln(r + times) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
            found = float(n @ (base[which] + np.logaddexp(living, gone)))
        return found if np.isfinite(found) else -np.inf

    return value


def _parts(at: Floats, x: Floats, recency: Floats, age: Floats) -> tuple[Floats, Floats]:
    """Return the logarithms of the likelihood's two parts: still buying, and gone."""
    r, alpha, s, beta = np.exp(at)
    living = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    early = _integral(r, alpha, s, beta, x, recency)
    late = _integral(r, alpha, s, beta, x, age)
    less = np.minimum(late - early, -1e-300)
    between = np.where(recency < age, early + np.log(-np.expm1(less)), -np.inf)
    return living, np.log(s) - np.log(r + s + x) + between


def _integral(r: float, alpha: float, s: float, beta: float, x: Floats, since: Floats) -> Floats:
    """Return the logarithm of the chance of having gone after an instant, but for constants.

    Euler's transformation leaves a series with a large third parameter, which neither overflows
    nor cancels, whatever the number of purchases.
    """
    third = r + s + x + 1
    if alpha >= beta:
        inside = (alpha - beta) / (alpha + since)
        rest = np.log(hyp2f1(1.0, r + x, third, inside))
        return np.asarray(rest - (r + x) * np.log(alpha + since) - s * np.log(beta + since))
    inside = (beta - alpha) / (beta + since)
    rest = np.log(hyp2f1(1.0, s + 1, third, inside))
    log_one_less = np.log(alpha + since) - np.log(beta + since)
    return np.asarray(rest + (1 - r - x) * log_one_less - (r + s + x) * np.log(beta + since))
