"""Lifetime value so far: what all customers paid since their first order, each."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import ranked_purchases
from huiliu.metrics.trailing import standing

__all__ = ["LTV"]


def _read(frame: Frame) -> ibis.Table:
    """Add up what was ever paid until each day, and count the people who paid it.

    Of a channel: what was paid there, over the people whose first order was there.
    """
    rows = frame.place(ranked_purchases(frame))
    none = ibis.literal(0).cast("float64")
    first = rows.filter(rows.nth == 0)
    return standing(frame, ibis.union(
        rows.select("channel", "day", top=rows.total, bottom=none),
        first.select("channel", "day", top=none, bottom=ibis.literal(1).cast("float64")),
    ))  # fmt: skip


LTV: Final = Metric("ltv", Unit.MONEY, Adds.STAND, _read)
