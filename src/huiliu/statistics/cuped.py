"""Takes out of a metric what was known of people before the experiment: less noise, same truth.

Source: Deng, Xu, Kohavi, Walker, "Improving the Sensitivity of Online Controlled Experiments by
Utilizing Pre-Experiment Data", WSDM 2013.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.statistics.welch import Sample

__all__ = ["Paired", "adjusted_samples"]


@dataclass(frozen=True, slots=True)
class Paired:
    """Sums of one arm: of the metric, of what was measured before, and of both together."""

    n: float
    total: float
    squares: float
    #: Before the experiment, of the same people.
    before: float
    before_squares: float
    product: float


def adjusted_samples(arms: Sequence[Paired]) -> list[Sample]:
    """Return the arms as if everybody had been alike before; means over all arms stay the same.

    One slope for all arms: a slope each would lean on what the experiment did.
    """
    spread = sum(one.before_squares - one.before**2 / one.n for one in arms if one.n)
    both = sum(one.product - one.before * one.total / one.n for one in arms if one.n)
    slope = both / spread if spread > 0 else 0.0
    n = sum(one.n for one in arms)
    mean = sum(one.before for one in arms) / n if n else 0.0
    return [_adjusted(one, slope, mean) for one in arms]


def _adjusted(one: Paired, slope: float, mean: float) -> Sample:
    """Return one arm's sums of y - slope (x - mean)."""
    total = one.total - slope * (one.before - one.n * mean)
    # Of x - mean: its squares, and its product with y.
    squares = one.before_squares - 2 * mean * one.before + one.n * mean**2
    product = one.product - mean * one.total
    return Sample(one.n, total, one.squares - 2 * slope * product + slope**2 * squares)
