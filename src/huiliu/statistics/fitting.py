"""How parameters are found: the greatest likelihood over positive numbers, never endlessly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from huiliu.statistics.histories import Floats

__all__ = ["BOUND", "Likelihood", "is_at_edge", "most_likely"]

#: Parameters are looked for between e^-BOUND and e^BOUND times their unit.
BOUND: Final = 12.0
_ITERATIONS: Final = 200
#: What a likelihood that cannot be computed is worth: worse than any other.
_WORST: Final = 1e8


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The likelihood of some data: of logarithms of parameters, with its gradient by them."""

    of: Callable[[Floats], tuple[float, Floats]]
    #: How many people the data are of.
    n: float


def most_likely(
    likelihood: Likelihood,
    starts: Sequence[Sequence[float] | Floats],
    rough: Likelihood | None = None,
) -> tuple[Floats, float]:
    """Return the logarithms of the parameters that make the data most likely, and how likely.

    Args:
        likelihood: of all the data.
        starts: where to begin, as logarithms.
        rough: of some of the data: tells which start is best at a small part of the price.
    """
    found = [_climb(rough or likelihood, start, precise=rough is None) for start in starts]
    at, value = max(found, key=lambda one: one[1])
    return (at, value) if rough is None else _climb(likelihood, at, precise=True)


def is_at_edge(parameter: float) -> bool:
    """Say whether a parameter ran off to where it is looked for no further, or is no number."""
    edge = float(np.exp(BOUND - 0.5))
    return not 1 / edge < parameter < edge


def _climb(
    likelihood: Likelihood, start: Sequence[float] | Floats, *, precise: bool
) -> tuple[Floats, float]:
    """Return where the climb from a start ends, and how likely the data are there."""

    def loss(at: Floats) -> tuple[float, Floats]:
        """Return what is made small."""
        with np.errstate(all="ignore"):
            value, slope = likelihood.of(at)
        if not np.isfinite(value) or not np.isfinite(slope).all():
            return _WORST, np.zeros_like(at)
        # Of one person: the first step is as long as the slope, and must not leap to the edge.
        return -value / likelihood.n, -slope / likelihood.n

    found = minimize(
        loss, np.asarray(start, np.float64), method="L-BFGS-B", jac=True,
        bounds=[(-BOUND, BOUND)] * len(start),
        options={
            "maxiter": _ITERATIONS,
            "ftol": 1e-14 if precise else 1e-9,
            "gtol": 1e-8 if precise else 1e-5,
        },
    )  # fmt: skip
    return np.asarray(found.x, np.float64), -float(found.fun) * likelihood.n
