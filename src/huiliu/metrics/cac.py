"""Cost of a new customer: what was spent, over the people who bought for the first time."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.attributed import credited
from huiliu.metrics.metric import Adds, Cell, Frame, Metric, Spent, Unit
from huiliu.metrics.rows import ranked_purchases

__all__ = ["CAC"]


def _read(frame: Frame) -> ibis.Table:
    """Count the first orders of people by the channel they are credited to."""
    rows = ranked_purchases(frame)
    rows = rows.filter(rows.nth == 0, frame.inside(rows.paid_at))
    rows = frame.place(credited(frame, rows))
    return frame.add_up(rows, ibis.literal(0))


def _costed(_top: float, bottom: float, spent: Spent) -> Cell:
    """Return costs over new customers; where nothing was spent there is no price of one."""
    return spent.total, bottom if spent.total else 0.0


CAC: Final = Metric("cac", Unit.MONEY, Adds.RATIO, _read, is_more_better=False, costed=_costed)
