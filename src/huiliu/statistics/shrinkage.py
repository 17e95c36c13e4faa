"""Beta-binomial shrinkage: rates of few tries are drawn towards the rate of many, by moments.

Source: Kleinman, "Proportions with Extraneous Variance", JASA 68 (1973).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from huiliu.statistics.histories import Floats

__all__ = ["Shrunken", "shrink"]

#: How many tries the group's rate is worth: never less than one, never so many that one's own
#: do not count.
_WEAKEST: Final = 1.0
_STRONGEST: Final = 1_000.0
#: How many tries the rate over all groups is worth to a group.
_GROUP: Final = 50.0


@dataclass(frozen=True, slots=True)
class Shrunken:
    """The rate of each group, and how many tries it is worth against one's own."""

    rates: Sequence[float]
    strength: float


def shrink(cells: Floats, n: Floats, k: Floats, squares: Floats) -> Shrunken:
    """Return the rates of groups, and the strength with which they draw.

    Args:
        cells: how many people were tried in each group.
        n: how many tries they had.
        k: how many of those succeeded.
        squares: sum of k^2 / n over the people.
    """
    overall = float(k.sum() / max(n.sum(), 1.0))
    rates = (k + _GROUP * overall) / (n + _GROUP)
    spread = rates * (1 - rates)
    used = (spread > 0) & (n > 0)
    # sum of n (k/n - p)^2, which chance alone makes p (1 - p) a person.
    seen = squares[used] - 2 * rates[used] * k[used] + rates[used] ** 2 * n[used]
    excess = float((seen / spread[used]).sum() - cells[used].sum())
    room = float(n[used].sum() - cells[used].sum())
    share = excess / room if room > 0 else 0.0
    strength = 1 / share - 1 if share > 0 else _STRONGEST
    found = [float(rate) for rate in rates]
    return Shrunken(found, float(np.clip(strength, _WEAKEST, _STRONGEST)))
