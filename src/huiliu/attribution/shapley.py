"""The fair share of each channel in what sets of channels brought about. Exact, however many.

A set's worth is what paths brought whose channels all lie in it. Such a game is a sum of unanimity
games, of which Shapley's value is known in closed form: every path's purchases are divided equally
among the different channels of the path.

Source: Shapley, "A Value for n-Person Games" (1953), on unanimity games.
"""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.attribution.path import Path, Worth, channels_of

__all__ = ["shapley"]


def shapley(paths: Sequence[Path], *, value: bool = False) -> Worth:
    """Return what is ascribed to each channel: conversions, or their value; adds up to all."""
    found = dict.fromkeys(channels_of(paths), 0.0)
    for path in paths:
        channels = set(path.touches)
        for channel in channels:
            found[channel] += (path.value if value else path.conversions) / len(channels)
    return found
