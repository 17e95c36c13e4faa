"""GMV paid: what all orders cost that were paid, before anything is given back."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.order_flow import every_order

__all__ = ["GMV_PAID"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what the orders paid on each day cost."""
    rows = every_order(frame)
    rows = rows.filter(rows.paid_at.notnull(), frame.inside(rows.paid_at))
    rows = frame.place(rows.mutate(day=frame.day(rows.paid_at)))
    return frame.add_up(rows, rows.total.sum())


GMV_PAID: Final = Metric("gmv_paid", Unit.MONEY, Adds.SUM, _read)
