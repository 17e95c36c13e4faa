"""GMV placed: what all orders cost that were placed, paid or not, cancelled or not."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.order_flow import every_order

__all__ = ["GMV_PLACED"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what the orders placed on each day cost."""
    rows = every_order(frame)
    rows = rows.filter(rows.placed_at.notnull(), frame.inside(rows.placed_at))
    rows = frame.place(rows.mutate(day=frame.day(rows.placed_at)))
    return frame.add_up(rows, rows.total.sum())


GMV_PLACED: Final = Metric("gmv_placed", Unit.MONEY, Adds.SUM, _read)
