"""Orders: how many were paid and still stand."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["ORDERS"]


def _read(frame: Frame) -> ibis.Table:
    """Count the orders of each day."""
    rows = frame.place(paid_inside(frame))
    return frame.add_up(rows, rows.count())


ORDERS: Final = Metric("orders", Unit.COUNT, Adds.SUM, _read)
