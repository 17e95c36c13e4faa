"""Ways with weights: the same unit takes the same one for ever."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from huiliu.kernel.buckets import bucket

__all__ = ["BUCKETS", "MOST", "pick"]

#: Into so many buckets units fall; a weight is a share of them.
BUCKETS: Final = 10_000
#: The greatest weight that a way may have.
MOST: Final = 1_000_000


def pick(salt: str, unit: int | str | bytes, weights: Sequence[int]) -> tuple[int, int]:
    """Return which weight a unit falls into, and its bucket.

    Args:
        salt: what tells one draw from another.
        unit: who or what is drawn.
        weights: whole numbers above nothing; their sum is the whole.
    """
    at, total = bucket(salt, unit, BUCKETS), sum(weights)
    for nth, reached in enumerate(accumulate(weights)):
        if at * total < reached * BUCKETS:
            return nth, at
    raise AssertionError("every bucket lies below the whole")
