"""How long things took, as counts of buckets that grow by a quarter: small to keep, near enough."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

__all__ = ["bucket", "percentile"]

_GROWTH: Final = 1.25
_LOG: Final = math.log(_GROWTH)
_LAST: Final = 120


def bucket(value: float) -> int:
    """Return the bucket of a time: 0 for all up to 1, and each a quarter longer than the last."""
    if value <= 1:
        return 0
    return min(_LAST, math.ceil(math.log(value) / _LOG - 1e-9))


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time below which this share of what was counted lies; None = nothing was.

    It is the upper edge of a bucket: at most a quarter too long.

    Args:
        counts: bucket -> how many.
        share: from 0 to 1.
    """
    total = sum(counts.values())
    if not total:
        return None
    left = max(1, math.ceil(total * share))
    for number in sorted(counts):
        left -= counts[number]
        if left <= 0:
            break
    return _GROWTH**number
