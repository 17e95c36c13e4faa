"""Buyers: how many people paid for something, a day."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import purchases

__all__ = ["BUYERS"]


def _read(frame: Frame) -> ibis.Table:
    """Count the different buyers of each day."""
    rows = purchases(frame)
    rows = frame.place(rows.filter(frame.inside(rows.paid_at)))
    return frame.add_up(rows, rows.profile_id.nunique())


BUYERS: Final = Metric("buyers", Unit.COUNT, Adds.MEAN, _read)
