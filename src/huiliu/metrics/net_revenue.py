"""Net revenue: what was paid, less what was given back, each on its own day."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.order_flow import every_order, given_back

__all__ = ["NET_REVENUE"]


def _read(frame: Frame) -> ibis.Table:
    """Add up payments and refunds of each day."""
    orders = every_order(frame)
    paid = orders.filter(orders.paid_at.notnull())
    paid = paid.select("channel", at="paid_at", amount="total")
    back = given_back(frame, orders)
    back = back.select("channel", "at", amount=-back.amount)
    rows = ibis.union(paid, back)
    rows = rows.filter(frame.inside(rows["at"]))
    rows = frame.place(rows.mutate(day=frame.day(rows["at"])))
    return frame.add_up(rows, rows.amount.sum())


NET_REVENUE: Final = Metric("net_revenue", Unit.MONEY, Adds.SUM, _read)
