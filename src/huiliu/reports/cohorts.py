"""Cohort retention: of those who first bought in a month, how many bought in each later one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import pyarrow as pa

from huiliu.reports.standing import month_number

__all__ = ["Cohort", "buyers_in", "cohort_counts", "read_cohorts"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who first bought in one month."""

    #: Counted from the year 0.
    month: int
    n: int
    #: Of each month from the first on: how many of them bought, and what they paid.
    active: Sequence[int]
    revenue: Sequence[float]


def _by_month(orders: ibis.Table, zone: str, now: int) -> ibis.Table:
    """Return profile_id, month, first (the month of the first order) and what was paid."""
    rows = orders.select("profile_id", "total", month=month_number(orders.paid_at, zone, now))
    months = rows.group_by("profile_id", "month").agg(total=rows.total.sum())
    first = months.month.min().over(ibis.window(group_by=months.profile_id))
    return months.mutate(cohort=first)


def cohort_counts(orders: ibis.Table, zone: str, now: int) -> ibis.Table:
    """Return cohort, month, n (people who bought) and revenue."""
    months = _by_month(orders, zone, now)
    return months.group_by("cohort", "month").agg(n=months.count(), revenue=months.total.sum())


def buyers_in(orders: ibis.Table, zone: str, now: int, cohort: int, month: int) -> ibis.Table:
    """Return profile_id and m: the cohort's people who bought in a month, and what they paid."""
    months = _by_month(orders, zone, now)
    rows = months.filter(months.cohort == cohort, months.month == month)
    return rows.select("profile_id", m=rows.total)


def read_cohorts(found: pa.Table, months: Sequence[int]) -> Sequence[Cohort]:
    """Return the cohorts of some months, in their order; months without anybody are there too."""
    told: Mapping[tuple[int, int], tuple[int, float]] = {
        (row["cohort"], row["month"]): (row["n"], row["revenue"]) for row in found.to_pylist()
    }
    made = []
    for month in months:
        later = range(month, months[-1] + 1)
        each = [told.get((month, one), (0, 0.0)) for one in later]
        n = each[0][0]
        made.append(Cohort(month, n, [one for one, _ in each], [paid for _, paid in each]))
    return made
