"""What reports on buyers read: orders that were paid and still stand, in one currency."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import ibis

from huiliu.conditions.wall_clock import local
from huiliu.kernel.times import as_datetime, from_datetime

__all__ = ["month_number", "month_of", "months_before", "standing_orders", "start_of_month"]

_STANDING: Final = ("paid", "shipped", "delivered")


def standing_orders(orders: ibis.Table, brand_id: int) -> ibis.Table:
    """Return profile_id, order_id, paid_at, total and currency of a brand's standing orders.

    Args:
        orders: the warehouse's view of orders.
        brand_id: whose.
    """
    rows = orders.filter(
        orders.brand_id == brand_id,
        orders.paid_at.notnull(),
        orders.profile_id.notnull(),
        orders.status.isin(_STANDING),
    )
    total = rows.total.cast("float64").fill_null(0.0)
    return rows.select("profile_id", "order_id", "paid_at", "currency", total=total)


def month_number(at: ibis.Value, zone: str, now: int) -> ibis.Value:
    """Return the calendar month of a timestamp in a zone, counted from the year 0."""
    wall = local(at, zone, now)
    return (wall.year() * 12 + wall.month() - 1).cast("int64")


def month_of(now: int, zone: str) -> int:
    """Return the month of an instant in a zone, counted from the year 0."""
    here = as_datetime(now).astimezone(ZoneInfo(zone))
    return here.year * 12 + here.month - 1


def months_before(month: int, n: int) -> list[int]:
    """Return so many months that end with one, oldest first."""
    return list(range(month - n + 1, month + 1))


def start_of_month(month: int, zone: str) -> int:
    """Return the first instant of a month in a zone."""
    first = dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(zone))
    return from_datetime(first)
