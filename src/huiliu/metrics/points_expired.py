"""Points expired: how many ended unspent."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.points_told import points_told

__all__ = ["POINTS_EXPIRED"]


def _read(frame: Frame) -> ibis.Table:
    """Add up the points of each day."""
    return points_told(frame, "Points Expired")


POINTS_EXPIRED: Final = Metric("points_expired", Unit.POINTS, Adds.SUM, _read, is_more_better=False)
