"""Return on spend: attributed revenue over what was spent to get it."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.attributed import credited
from huiliu.metrics.metric import Adds, Cell, Frame, Metric, Spent, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["ROAS"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what was paid for the orders credited to each channel."""
    rows = frame.place(credited(frame, paid_inside(frame)))
    return frame.add_up(rows, rows.total.sum())


def _costed(top: float, _bottom: float, spent: Spent) -> Cell:
    """Return revenue over costs."""
    return top, spent.total


ROAS: Final = Metric("roas", Unit.TIMES, Adds.RATIO, _read, costed=_costed)
