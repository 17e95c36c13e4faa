"""The interval of a Kaplan-Meier curve: Greenwood's variance on the log(-log) scale.

Source: Greenwood, "The Natural Duration of Cancer" (1926); Kalbfleisch, Prentice, "The Statistical
Analysis of Failure Time Data" (1980), section 1.4: bounds of log(-log S) stay inside 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

__all__ = ["At", "returned_by"]

#: The quantile of the normal distribution for 95 %.
_Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class At:
    """What is known at one time."""

    time: float
    #: How many were still watched then.
    n: float
    #: The share to whom it has happened by then, with its interval; None = nobody was seen so long.
    share: float | None
    low: float | None
    high: float | None


def returned_by(
    counts: Sequence[tuple[float, float, float]], times: Sequence[float]
) -> Sequence[At]:
    """Return the share to whom it has happened by each time.

    Args:
        counts: (time, how many it happened to, how many were let go), each time once.
        times: when it is asked, ascending.
    """
    rows = sorted(counts)
    watched = sum(came + gone for _, came, gone in rows)
    survival, spread, place = 1.0, 0.0, 0
    found = []
    for time in times:
        while place < len(rows) and rows[place][0] <= time:
            _, came, gone = rows[place]
            if came:
                survival *= 1 - came / watched
                # When it has happened to all who are watched nothing is left to be unsure of.
                if watched > came:
                    spread += came / (watched * (watched - came))
            watched -= came + gone
            place += 1
        is_seen = bool(rows) and time <= rows[-1][0]
        found.append(At(time, watched, *_bounds(survival, spread, is_seen=is_seen)))
    return found


def _bounds(
    survival: float, spread: float, *, is_seen: bool
) -> tuple[float | None, float | None, float | None]:
    """Return the share and its interval."""
    if not is_seen and survival > 0:
        return None, None, None
    if not 0 < survival < 1:
        return 1 - survival, None, None
    half = _Z * sqrt(spread) / abs(log(survival))
    centre = log(-log(survival))
    high, low = exp(-exp(centre - half)), exp(-exp(centre + half))
    return 1 - survival, 1 - high, 1 - low
