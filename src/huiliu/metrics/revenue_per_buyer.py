"""Revenue per buyer: what the people who bought in 30 days paid in them, each."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import purchases
from huiliu.metrics.trailing import standing, stretches

__all__ = ["REVENUE_PER_BUYER"]

_DAYS: Final = 30


def _read(frame: Frame) -> ibis.Table:
    """Add up what was paid in the 30 days that end with each day, and count its buyers once."""
    rows = frame.place(purchases(frame))
    rows = rows.filter(rows.day > frame.first_day - _DAYS, rows.day <= frame.last_day)
    each = stretches(rows, _DAYS, frame.first_day)
    none = ibis.literal(0).cast("float64")
    one = ibis.literal(1).cast("float64")
    return standing(frame, ibis.union(
        rows.select("channel", "day", top=rows.total, bottom=none),
        rows.select("channel", day=rows.day + _DAYS, top=-rows.total, bottom=none),
        each.select("channel", "day", top=none, bottom=one),
        each.select("channel", day=each.until, top=none, bottom=-one),
    ))  # fmt: skip


REVENUE_PER_BUYER: Final = Metric(
    "revenue_per_buyer", Unit.MONEY, Adds.STAND, _read, window_days=_DAYS
)
