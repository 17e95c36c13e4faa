"""By how much days that hang together widen what adds up over days.

Source: Kendall, "Note on Bias in the Estimation of Autocorrelation", Biometrika 41 (1954), for its
correction; Priestley, "Spectral Analysis and Time Series" (1981), section 5.3, for the variance of
a sum of autocorrelated values.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Final

__all__ = ["widening"]

#: Fewer neighbours tell nothing.
_FEWEST: Final = 7
#: Days that hang together more than this are a trend, of which so few days tell too little.
_STICKIEST: Final = 0.8


def widening(off: Mapping[int, float]) -> float:
    """Return the factor of the variance of sums over days; 1 where days do not hang together.

    Only what is hardly chance counts: the autocorrelation less its standard error.

    Args:
        off: day -> by how much it was off what was to be expected of it.
    """
    pairs = [(one, off[day + 1]) for day, one in off.items() if day + 1 in off]
    whole = sum(one * one for one in off.values())
    n = len(pairs)
    if n < _FEWEST or not whole:
        return 1.0
    seen = sum(one * following for one, following in pairs) / n * len(off) / whole
    # A few days around their own mean make it look smaller than it is.
    sticks = seen + (1 + 3 * seen) / n - 1 / sqrt(n)
    sticks = min(max(sticks, 0.0), _STICKIEST)
    return (1 + sticks) / (1 - sticks)
