"""Coupon cost: what was taken off by codes that were redeemed, less what was rolled back."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit

__all__ = ["COUPON_COST"]

_REDEEMED, _UNDONE = "Coupon Redeemed", "Coupon Rolled Back"


def _read(frame: Frame) -> ibis.Table:
    """Add up the discounts of each day."""
    tables, events = frame.tables, frame.tables.events
    rows = events.filter(events.name.isin([_REDEEMED, _UNDONE]), frame.inside(events.occurred_at))
    amount = tables.cell(rows.properties, ("discount",)).number().fill_null(0.0)
    rows = rows.select(
        amount=ibis.ifelse(rows.name == _REDEEMED, amount, -amount),
        currency=tables.cell(rows.properties, ("currency",)).text(),
        channel=ibis.coalesce(tables.cell(rows.properties, ("channel",)).text(), rows.channel),
        day=frame.day(rows.occurred_at),
    )
    if frame.currency:
        rows = rows.filter(rows.currency.isnull() | (rows.currency == frame.currency))
    rows = frame.place(rows)
    return frame.add_up(rows, rows.amount.sum())


COUPON_COST: Final = Metric("coupon_cost", Unit.MONEY, Adds.SUM, _read, is_more_better=False)
