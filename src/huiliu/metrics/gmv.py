"""GMV: what was paid for orders that still stand; of one currency."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["GMV"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what the orders of each day cost."""
    rows = frame.place(paid_inside(frame))
    return frame.add_up(rows, rows.total.sum())


GMV: Final = Metric("gmv", Unit.MONEY, Adds.SUM, _read)
