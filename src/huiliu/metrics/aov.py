"""Average order value: what was paid over how many orders; of one currency."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["AOV"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what the orders of each day cost, and count them."""
    rows = frame.place(paid_inside(frame))
    return frame.add_up(rows, rows.total.sum(), rows.count())


AOV: Final = Metric("aov", Unit.MONEY, Adds.RATIO, _read)
