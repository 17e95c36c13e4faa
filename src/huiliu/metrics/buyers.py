"""Buyers: how many people paid for something, a day."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["BUYERS"]


def _read(frame: Frame) -> ibis.Table:
    """Count the different buyers of each day."""
    rows = frame.place(paid_inside(frame))
    return frame.add_up(rows, rows.profile_id.nunique())


BUYERS: Final = Metric("buyers", Unit.COUNT, Adds.MEAN, _read)
