"""Return on investment: what attributed sales leave after goods and costs, over the costs."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.attributed import credited
from huiliu.metrics.metric import Adds, Cell, Frame, Metric, Spent, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["ROI"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what was paid for the orders credited to each channel."""
    rows = frame.place(credited(frame, paid_inside(frame)))
    return frame.add_up(rows, rows.total.sum())


def _costed(top: float, _bottom: float, spent: Spent) -> Cell:
    """Return what is left over costs; what coupons took off is not taken off twice."""
    return (top + spent.coupons) * spent.margin - spent.total, spent.total


ROI: Final = Metric("roi", Unit.TIMES, Adds.RATIO, _read, costed=_costed)
