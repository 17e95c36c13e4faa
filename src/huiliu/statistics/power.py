"""How many people an experiment needs, and what it could see with those it has.

Source: Lachin, "Introduction to Sample Size Determination", Controlled Clinical Trials 2 (1981).
"""

from __future__ import annotations

from math import ceil, inf, sqrt

from scipy.special import ndtri

__all__ = ["least_effect", "needed", "needed_to_see_drop"]


def needed(variance: float, effect: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the people each of two arms needs to see an absolute difference.

    Args:
        variance: of one person's value; p (1 - p) for a share.
        effect: the difference that must not be missed.
        alpha: how often no difference is taken for one, both sides.
        power: how often the difference is seen.
    """
    if not effect:
        return inf
    return ceil(2 * _reach(alpha / 2, power) ** 2 * variance / effect**2)


def least_effect(variance: float, n: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest absolute difference that two arms of n people can be trusted to see."""
    return _reach(alpha / 2, power) * sqrt(2 * variance / n) if n else inf


def needed_to_see_drop(
    share: float, relative: float, alpha: float = 0.01, power: float = 0.8
) -> float:
    """Return the visits needed to tell a relative fall of a known share from noise, one-sided."""
    if not 0 < share < 1 or not relative:
        return inf
    return ceil(_reach(alpha, power) ** 2 * (1 - share) / (share * relative**2))


def _reach(alpha: float, power: float) -> float:
    """Return how many standard errors an effect must measure."""
    return float(ndtri(power) - ndtri(alpha))
