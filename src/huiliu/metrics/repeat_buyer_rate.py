"""Repeat buyers: of the people who bought in 90 days, the share who did on two days or more."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import purchases
from huiliu.metrics.trailing import ENDLESS, standing, stretches

__all__ = ["REPEAT_BUYER_RATE"]

_DAYS: Final = 90


def _read(frame: Frame) -> ibis.Table:
    """Count the buyers of the 90 days that end with each day, and those with two days among them.

    What is bought on one day is one visit, however many orders it is.
    """
    rows = frame.place(purchases(frame))
    rows = rows.filter(rows.day > frame.first_day - _DAYS, rows.day <= frame.last_day)
    each = stretches(rows, _DAYS)
    window = ibis.window(group_by=[each.profile_id, each.channel], order_by=each.day)
    # Two days are in the window from the second of them until the first has left it, or until
    # the third takes the first one's place.
    third = each.day.lead(2).over(window).fill_null(ENDLESS)
    twice = each.mutate(second=each.later, over=ibis.least(each.day + _DAYS, third))
    twice = twice.filter(twice.second.notnull(), twice.second < twice.over)
    return standing(frame, ibis.union(
        _changes(each, "day", 0, 1), _changes(each, "until", 0, -1),
        _changes(twice, "second", 1, 0), _changes(twice, "over", -1, 0),
    ))  # fmt: skip


def _changes(rows: ibis.Table, at: str, top: int, bottom: int) -> ibis.Table:
    """Return what comes or goes on a day of each row."""
    return rows.select(
        "channel", day=at, top=ibis.literal(top, "int64"), bottom=ibis.literal(bottom, "int64")
    )


REPEAT_BUYER_RATE: Final = Metric(
    "repeat_buyer_rate", Unit.SHARE, Adds.STAND, _read, window_days=_DAYS
)
