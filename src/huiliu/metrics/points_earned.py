"""Points earned: how many people got for what they did."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.points_told import points_told

__all__ = ["POINTS_EARNED"]


def _read(frame: Frame) -> ibis.Table:
    """Add up the points of each day."""
    return points_told(frame, "Points Earned")


POINTS_EARNED: Final = Metric("points_earned", Unit.POINTS, Adds.SUM, _read)
