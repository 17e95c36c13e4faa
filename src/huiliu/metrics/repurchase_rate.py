"""Repurchase rate: of the orders that were paid, the share by people who had bought before."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import ranked_purchases

__all__ = ["REPURCHASE_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the orders of each day, and those of them that followed one of an earlier day."""
    rows = ranked_purchases(frame)
    # What is put into two orders on one day is one visit to the shop, not a return to it.
    is_return = rows.before.notnull() & (frame.day(rows.before) < rows.day)
    rows = rows.mutate(is_return=is_return)
    rows = frame.place(rows.filter(frame.inside(rows.paid_at)))
    return frame.add_up(rows, rows.is_return.sum(), rows.count())


REPURCHASE_RATE: Final = Metric("repurchase_rate", Unit.SHARE, Adds.RATIO, _read)
