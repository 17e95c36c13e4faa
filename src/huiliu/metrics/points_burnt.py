"""Points burnt: how many people spent."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.points_told import points_told

__all__ = ["POINTS_BURNT"]


def _read(frame: Frame) -> ibis.Table:
    """Add up the points of each day."""
    return points_told(frame, "Points Burned")


POINTS_BURNT: Final = Metric("points_burnt", Unit.POINTS, Adds.SUM, _read)
