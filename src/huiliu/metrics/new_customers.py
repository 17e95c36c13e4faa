"""New customers: people who paid for the first order of their life, where they placed it."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import ranked_purchases

__all__ = ["NEW_CUSTOMERS"]


def _read(frame: Frame) -> ibis.Table:
    """Count the first orders of each day; whoever bought elsewhere before is new nowhere."""
    rows = ranked_purchases(frame)
    rows = frame.place(rows.filter(rows.nth == 0, frame.inside(rows.paid_at)))
    return frame.add_up(rows, rows.count())


NEW_CUSTOMERS: Final = Metric("new_customers", Unit.COUNT, Adds.SUM, _read)
