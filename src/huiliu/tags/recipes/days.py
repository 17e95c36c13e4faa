"""Purchase days: what a person bought on one day of the brand's calendar is one purchase."""

from __future__ import annotations

import datetime as dt

import ibis

from huiliu.conditions.wall_clock import local, today
from huiliu.tags.recipe import Ground

__all__ = ["day_number", "gaps_between", "purchase_days", "today_number"]

_EPOCH = dt.date(1970, 1, 1)


def today_number(zone: str, now: int) -> int:
    """Return today as a number of days since 1970."""
    return (today(zone, now) - _EPOCH).days


def day_number(at: ibis.Value, zone: str, now: int) -> ibis.Value:
    """Return the brand's day of a timestamp as a number of days since 1970."""
    return local(at, zone, now).date().delta(ibis.literal(_EPOCH), unit="day")


def purchase_days(rows: ibis.Table, ground: Ground, now: int) -> ibis.Table:
    """Return profile_id, day and value: what each day's purchases come to.

    Args:
        rows: profile_id, at and value of purchases.
        ground: whose calendar it is.
        now: nothing lies after it.
    """
    days = rows.select("profile_id", "value", day=day_number(rows["at"], ground.zone, now))
    return days.group_by("profile_id", "day").agg(value=days.value.sum().round(6))


def gaps_between(days: ibis.Table) -> ibis.Table:
    """Return profile_id, day, gap: days since the purchase day before; null at the first.

    `later` counts a person's purchase days after this one.
    """
    by_day = ibis.window(group_by=days.profile_id, order_by=days.day)
    by_end = ibis.window(group_by=days.profile_id, order_by=days.day.desc())
    return days.mutate(
        gap=days.day - days.day.lag().over(by_day), later=ibis.row_number().over(by_end)
    )
