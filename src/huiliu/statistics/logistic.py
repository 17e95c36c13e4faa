"""Logistic regression of counted trials, with a ridge: Newton's steps on the penalised likelihood.

With a row for each state that somebody was in when something could happen, this is the hazard in
discrete time. Source: Allison, "Discrete-Time Methods for the Analysis of Event Histories" (1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from huiliu.statistics.histories import Floats

__all__ = ["Fitted", "fit_logistic", "logistic"]

_STEPS: Final = 100
_CLOSE: Final = 1e-10
#: No step leads further than this: a cell in which nothing ever happened pulls without end.
_LONGEST_STEP: Final = 4.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was found."""

    #: The intercept, then one coefficient for each column.
    coefficients: Floats
    #: Their standard errors.
    errors: Floats


def logistic(score: Floats) -> Floats:
    """Return the probability of a score."""
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -500, 500))), np.float64)


def fit_logistic(rows: Floats, n: Floats, k: Floats, ridge: float = 1.0) -> Fitted:
    """Return the coefficients that make the successes most likely.

    Args:
        rows: what describes each state, a row a state.
        n: how many trials each state had.
        k: how many of them succeeded.
        ridge: how strongly coefficients are drawn to 0; the intercept is not.
    """
    design = np.column_stack([np.ones(len(rows)), rows])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0
    share = float(np.clip(k.sum() / max(n.sum(), 1.0), 1e-6, 1 - 1e-6))
    at = np.zeros(design.shape[1])
    at[0] = np.log(share / (1 - share))
    bend = np.eye(design.shape[1])
    for _ in range(_STEPS):
        chance = logistic(design @ at)
        slope = design.T @ (k - n * chance) - penalty * at
        weights = n * chance * (1 - chance)
        bend = (design.T * weights) @ design + np.diag(penalty + 1e-12)
        step = np.linalg.solve(bend, slope)
        at += step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        if float(np.abs(step).max()) < _CLOSE:
            break
    errors = np.sqrt(np.clip(np.diag(np.linalg.inv(bend)), 0.0, None))
    return Fitted(np.asarray(at, np.float64), np.asarray(errors, np.float64))
