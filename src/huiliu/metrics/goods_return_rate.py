"""Goods returned: of the orders that were shipped, the share of which something came back."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.order_flow import every_order, given_back
from huiliu.metrics.rows import settled

__all__ = ["GOODS_RETURN_RATE"]

#: What comes back later is another story.
_DAYS: Final = 30


def _read(frame: Frame) -> ibis.Table:
    """Count the orders shipped on each day, and those of which money was given back."""
    orders = every_order(frame)
    back = given_back(frame, orders)
    apart = back["at"].epoch_seconds() - back.shipped_at.epoch_seconds()
    back = back.filter(apart >= 0, apart <= _DAYS * 86_400)
    rows = orders.filter(orders.shipped_at.notnull(), orders.paid_at.notnull())
    rows = rows.filter(frame.inside(rows.shipped_at))
    rows = rows.mutate(day=frame.day(rows.shipped_at), came_back=rows.order_id.isin(back.order_id))
    rows = frame.place(rows.filter(settled(frame, _DAYS, rows.day)))
    return frame.add_up(rows, rows.came_back.sum(), rows.count())


GOODS_RETURN_RATE: Final = Metric(
    "goods_return_rate", Unit.SHARE, Adds.RATIO, _read, is_more_better=False, window_days=_DAYS,
    settles_after=_DAYS,
)  # fmt: skip
