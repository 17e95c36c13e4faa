"""Many questions at once: which answers stand when each had its own chance to be wrong.

Source: Benjamini, Hochberg, "Controlling the False Discovery Rate", JRSS B 57 (1995).
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["adjusted"]


def adjusted(ps: Sequence[float]) -> list[float]:
    """Return the p of each question such that p < q keeps the share of false finds below q.

    Source: equation 1 of the paper, made monotone from the largest down.
    """
    order = sorted(range(len(ps)), key=lambda at: ps[at], reverse=True)
    found = [1.0] * len(ps)
    least = 1.0
    for place, at in enumerate(order):
        least = min(least, ps[at] * len(ps) / (len(ps) - place))
        found[at] = least
    return found
