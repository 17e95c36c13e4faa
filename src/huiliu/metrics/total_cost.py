"""Costs: messages, media, coupons and points, all of it."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Cell, Frame, Metric, Spent, Unit
from huiliu.metrics.rows import messages

__all__ = ["TOTAL_COST"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day; what everything cost is put in by whoever reads it."""
    return frame.add_up(messages(frame), ibis.literal(0))


def _costed(_top: float, bottom: float, spent: Spent) -> Cell:
    """Return costs."""
    return spent.total, bottom


TOTAL_COST: Final = Metric(
    "total_cost", Unit.MONEY, Adds.SUM, _read, is_more_better=False, costed=_costed
)
