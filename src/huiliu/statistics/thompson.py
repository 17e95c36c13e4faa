"""Shares of traffic by Thompson's rule: better arms get more, and none ever gets too little.

Source: Thompson, "On the Likelihood that One Unknown Probability Exceeds Another", Biometrika 25
(1933). Without a floor, what was logged says nothing of an arm that was hardly shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

__all__ = ["FLOOR", "thompson_shares"]

#: What every arm gets at least.
FLOOR: Final = 0.05
_DRAWS: Final = 20_000


def thompson_shares(
    successes: Sequence[int], tries: Sequence[int], seed: int, floor: float = FLOOR
) -> list[float]:
    """Return the share of traffic of each arm: how likely it is best, none below the floor.

    The same seed and counts give the same shares, and these are the propensities to log.

    Args:
        successes: of each arm.
        tries: of each arm.
        seed: of the draws.
        floor: what every arm gets; at most one n-th with n arms.
    """
    n = len(tries)
    if not n:
        return []
    least = min(floor, 1 / n)
    rng = np.random.default_rng(seed)
    hits, misses = np.asarray(successes), np.asarray(tries) - np.asarray(successes)
    drawn = rng.beta(hits + 1.0, misses + 1.0, size=(_DRAWS, n))
    best = np.bincount(drawn.argmax(axis=1), minlength=n) / _DRAWS
    return [float(least + (1 - n * least) * share) for share in best]
