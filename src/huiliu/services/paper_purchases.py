"""What people bought in a quarter and in the one before: counted in the warehouse, never by row."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from math import sqrt
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import from_datetime, local_datetime
from huiliu.metrics.purchases import purchase_rows
from huiliu.services.paper_desk import Desk

__all__ = ["Bought", "Sales", "read_sales"]

_Z: Final = 1.959963984540054
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class Bought:
    """The purchases of one quarter that still stand."""

    orders: int = 0
    revenue: float = 0.0
    squares: float = 0.0
    buyers: int = 0
    #: Buyers with two orders or more in the quarter; buyers whose first purchase ever it was.
    repeating: int = 0
    new: int = 0

    @property
    def mean(self) -> float | None:
        """Return what an order came to."""
        return self.revenue / self.orders if self.orders else None

    @property
    def mean_ends(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean; None for fewer than two orders."""
        if self.orders < 2:
            return None
        mean = self.revenue / self.orders
        variance = max(0.0, (self.squares - self.orders * mean * mean) / (self.orders - 1))
        half = _Z * sqrt(variance / self.orders)
        return mean - half, mean + half

    @property
    def a_buyer(self) -> float | None:
        """Return what a buyer paid in the quarter."""
        return self.revenue / self.buyers if self.buyers else None


@dataclass(frozen=True, slots=True)
class Sales:
    """Both quarters, and the weeks of both by channel."""

    now: Bought
    #: None = the quarter before is not known, or not all of it.
    before: Bought | None
    #: Channel -> what was paid in each week of the quarter, the first week first.
    weeks: Mapping[str, list[float]]
    #: The first day of each week.
    labels: tuple[str, ...]
    #: Channel -> its quarter.
    channels: Mapping[str, Bought]


def read_sales(desk: Desk) -> Sales:
    """Return what was bought, in the currency that most was paid in."""
    rows = purchase_rows(desk.tables())
    if desk.currency:
        rows = rows.filter(rows.currency.isnull() | (rows.currency == desk.currency))
    first = rows.paid_at.min().over(ibis.window(group_by=rows.profile_id))
    since, middle = _start(desk, desk.quarter.before.first), _start(desk, desk.first)
    is_now = rows.paid_at >= moment_literal(middle)
    rows = rows.mutate(
        is_now=is_now, channel=rows.channel.fill_null(""),
        is_new=first >= ibis.ifelse(is_now, moment_literal(middle), moment_literal(since)),
    )  # fmt: skip
    rows = rows.filter(rows.paid_at >= moment_literal(since),
                       rows.paid_at < moment_literal(desk.as_of))  # fmt: skip
    name = f"paper-{desk.brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    kept = ("profile_id", "paid_at", "total", "channel", "is_now", "is_new")
    try:
        # Three questions begin with them.
        rows = desk.world.warehouse.keep(name, rows.select(*kept))
        both = _add_up(desk, rows, "is_now")
        here = rows.filter(rows.is_now)
        by_channel = _add_up(desk, here, "channel")
        weeks, labels = _weeks(desk, here)
    finally:
        desk.world.warehouse.let_go([name])
    before = both.get("False") if desk.compares else None
    return Sales(
        both.get("True", Bought()), before, weeks, labels, dict(sorted(
            by_channel.items(), key=lambda pair: (-pair[1].revenue, pair[0])))
    )  # fmt: skip


def _start(desk: Desk, day: dt.date) -> int:
    """Return the first instant of a day by the brand's clocks."""
    here = local_datetime(0, desk.world.zone).tzinfo
    return from_datetime(dt.datetime.combine(day, dt.time(), here))


def _add_up(desk: Desk, rows: ibis.Table, by: str) -> dict[str, Bought]:
    """Return what people bought, by a column in words."""
    a_buyer = rows.group_by(by, "profile_id").agg(
        orders=rows.count(), revenue=rows.total.sum(), squares=(rows.total * rows.total).sum(),
        is_new=rows.is_new.any(),
    )  # fmt: skip
    counted = a_buyer.group_by(by).agg(
        orders=a_buyer.orders.sum(), revenue=a_buyer.revenue.sum(),
        squares=a_buyer.squares.sum(), buyers=a_buyer.count(),
        repeating=(a_buyer.orders > 1).sum(), new=a_buyer.is_new.sum(),
    )  # fmt: skip
    found = {}
    for row in desk.world.warehouse.run(counted).to_pylist():
        word = str(row.pop(by))
        # Sums of money in another order differ in their last digits; a paper may not.
        found[word] = Bought(
            int(row["orders"]), round(float(row["revenue"] or 0), 4),
            round(float(row["squares"] or 0), 2), int(row["buyers"]),
            int(row["repeating"] or 0), int(row["new"] or 0),
        )  # fmt: skip
    return found


def _weeks(desk: Desk, rows: ibis.Table) -> tuple[dict[str, list[float]], tuple[str, ...]]:
    """Return what was paid by channel and week, and what the weeks are called."""
    frame = desk.frame()
    week = ((frame.day(rows.paid_at) - frame.first_day) // 7).cast("int64")
    told = rows.mutate(week=week).group_by("channel", "week").agg(paid=rows.total.sum())
    # A week that is not whole would look like a collapse.
    n = max(1, ((desk.last - desk.first).days + 1) // 7)
    found: dict[str, list[float]] = {}
    for row in desk.world.warehouse.run(told).to_pylist():
        weeks = found.setdefault(row["channel"], [0.0] * n)
        if 0 <= row["week"] < n:
            weeks[row["week"]] = round(row["paid"], 2)
    labels = tuple((desk.first + dt.timedelta(days=7 * one)).strftime("%m-%d") for one in range(n))
    order = sorted(found, key=lambda one: (-sum(found[one]), one))
    return {one: found[one] for one in order}, labels
