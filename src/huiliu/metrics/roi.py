"""Return on investment: what attributed sales leave after goods and costs, over the costs."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.attributed import credited
from huiliu.metrics.metric import Adds, Cell, Frame, Metric, Unit
from huiliu.metrics.rows import purchases

__all__ = ["ROI"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what the orders credited to each channel would have cost without any discount.

    The discount is among the costs: it is not taken off twice.
    """
    rows = purchases(frame)
    rows = frame.place(credited(frame, rows.filter(frame.inside(rows.paid_at))))
    return frame.add_up(rows, rows.list_total.sum())


def _costed(top: float, _bottom: float, cost: float, margin: float) -> Cell:
    """Return what is left over costs."""
    return top * margin - cost, cost


ROI: Final = Metric("roi", Unit.TIMES, Adds.RATIO, _read, costed=_costed)
