"""The difference of two means from their sums, absolute and relative, without raw rows.

Shares of which few were counted have the test and the interval of `few_counts`: where nobody, or
everybody, did something, Welch's has no width.

Source: Welch, "The Generalization of Student's Problem", Biometrika 34 (1947); the relative
difference by the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

from scipy.special import stdtr, stdtrit

from huiliu.statistics.few_counts import Counts
from huiliu.statistics.proportions import Interval

__all__ = ["Difference", "Sample", "absolute", "relative"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of one arm: how many people, the sum of a value, and of its squares."""

    n: float
    total: float
    squares: float

    @property
    def is_share(self) -> bool:
        """Say whether the values may all be 0 or 1."""
        return self.total == self.squares and 0 <= self.total <= self.n and self.n > 0

    @property
    def mean(self) -> float:
        """Return the mean; nan without people."""
        return self.total / self.n if self.n else float("nan")

    @property
    def variance(self) -> float:
        """Return the variance of one person's value; nan where too few tell of it.

        Values that are all 0 or 1 have p (1 - p), as a share has; others are divided by n - 1.
        """
        if self.is_share:
            return self.mean * (1 - self.mean)
        if self.n < 2:
            return float("nan")
        # What is left of rounding is no variance.
        return max(0.0, (self.squares - self.total * self.total / self.n) / (self.n - 1))


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference and how well it is known."""

    value: float
    #: Standard error; nan = it cannot be known.
    error: float
    #: Degrees of freedom (Satterthwaite).
    freedom: float
    #: People in both arms.
    n: float
    #: What was counted, where it is too little for a normal interval of the absolute difference.
    counts: Counts | None = None

    @property
    def is_known(self) -> bool:
        """Say whether anything can be known: of what never varied nobody knows how it would."""
        return isfinite(self.error) and self.error > 0

    @property
    def p(self) -> float:
        """Return the two-sided p of one look that was planned; nan where nothing can be known."""
        if not self.is_known:
            return float("nan")
        if self.counts is not None:
            return self.counts.p
        return float(2 * stdtr(self.freedom, -abs(self.value) / self.error))

    def interval(self, alpha: float = 0.05) -> Interval:
        """Return the interval that holds the truth in 1 - alpha of such experiments; or nan."""
        if not self.is_known:
            return float("nan"), float("nan")
        if self.counts is not None:
            return self.counts.interval(alpha)
        half = -float(stdtrit(self.freedom, alpha / 2)) * self.error
        return self.value - half, self.value + half


def absolute(control: Sample, variant: Sample) -> Difference:
    """Return by how much the variant's mean is above the control's."""
    value = variant.mean - control.mean
    counts = _few(control, variant)
    if counts is not None:
        return Difference(value, counts.error, float("inf"), control.n + variant.n, counts)
    return _of(control, variant, value, 1.0, 1.0)


def relative(control: Sample, variant: Sample) -> Difference:
    """Return by which part of the control's mean the variant's is above it; nan where that is 0."""
    base = control.mean
    if not base:
        return Difference(float("nan"), float("nan"), float("nan"), control.n + variant.n)
    value = (variant.mean - base) / abs(base)
    if _few(control, variant) is not None:
        # As if one more had and one more had not: a share of 0 would be known for certain.
        control, variant = (
            Sample(one.n + 2, one.total + 1, one.squares + 1) for one in (control, variant)
        )
        base = control.mean
    return _of(control, variant, value, variant.mean**2 / base**4, 1 / base**2)


def _few(control: Sample, variant: Sample) -> Counts | None:
    """Return what was counted, where both are shares and too few make a normal interval."""
    # Where nothing happened in either arm nobody knows whether it was counted, or money.
    if not (control.is_share and variant.is_share) or not control.total + variant.total:
        return None
    # Parts of people are no counts: a file may hold weights.
    if min(control.n, variant.n) < 1:
        return None
    counts = Counts(control.total, control.n, variant.total, variant.n)
    return counts if counts.is_few else None


def _of(
    control: Sample, variant: Sample, value: float, by_control: float, by_variant: float
) -> Difference:
    """Return a difference whose variance is so much of the variances of both means."""
    n = control.n + variant.n
    if not control.n or not variant.n:
        return Difference(value, float("nan"), float("nan"), n)
    ours = control.variance / control.n
    theirs = variant.variance / variant.n
    error = sqrt(ours * by_control + theirs * by_variant)
    below = _part(ours, control.n) + _part(theirs, variant.n)
    freedom = (ours + theirs) ** 2 / below if below else float("inf")
    return Difference(value, error, freedom, n)


def _part(variance: float, n: float) -> float:
    """Return one arm's part of Satterthwaite's denominator."""
    return variance**2 / (n - 1) if n > 1 else 0.0
