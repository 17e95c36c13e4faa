"""How far a figure would move if other people had come: it is computed without each group of them.

Source: Quenouille (1956), Tukey (1958); with groups, Kott, "The Delete-a-Group Jackknife",
Journal of Official Statistics 17 (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from scipy.special import stdtrit

__all__ = ["jackknife"]


def jackknife(whole: float, parts: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of a total of people in groups drawn alike.

    Args:
        whole: the figure of all people: a total, that grows with them.
        parts: the same figure without each of the groups, one after the other.
    """
    n = len(parts)
    # A total without one group of n is smaller by a part of n: it is written up to all people.
    scaled = [one * n / (n - 1) for one in parts]
    spread = sqrt((n - 1) / n * sum((one - whole) ** 2 for one in scaled))
    half = float(stdtrit(n - 1, 0.975)) * spread
    return max(0.0, whole - half), whole + half
