"""Cohort retention: of those who first bought in a month, how many bought in each later one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis

from huiliu.kernel.texts import text
from huiliu.reports import charts
from huiliu.reports.cohorts import cohort_counts, read_cohorts
from huiliu.reports.report import (
    COUNT,
    MONEY,
    SHARE,
    TEXT,
    Given,
    Options,
    Report,
    ReportKind,
    rate,
)
from huiliu.reports.report import columns as columns_of
from huiliu.reports.standing import month_of

__all__ = ["COHORT_RETENTION"]

#: More months make no table that anybody reads.
_MOST: Final = 24
_COLUMNS: Final = columns_of(
    ("cohort", TEXT), ("first_buyers", COUNT), ("months_later", COUNT), ("bought_again", COUNT),
    ("retention", SHARE), ("revenue", MONEY),
)  # fmt: skip


def _ask(orders: ibis.Table, _tables: object, options: Options) -> Mapping[str, ibis.Table]:
    """Ask who of each month's first buyers bought in each later one."""
    return {"cohorts": cohort_counts(orders, options.zone, options.now)}


def _word(month: int) -> str:
    """Return a month in ISO form."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _build(given: Given) -> Report:
    """Return a row for each cohort and month; the month that is not over is marked."""
    options = given.options
    last = month_of(options.until - 1, options.zone)
    first = max(month_of(options.since, options.zone), last - _MOST + 1)
    cohorts = read_cohorts(given.answers["cohorts"], list(range(first, last + 1)))
    rows = [
        (_word(one.month), one.n, later, active, *rate(active, one.n), one.revenue[later])
        for one in cohorts
        if one.n
        for later, active in enumerate(one.active)
    ]
    kept = [one for one in cohorts if one.n]

    def chart(locale: str) -> dict[str, Any]:
        """Return the shares as a heat map, percent."""
        del locale
        longest = max(len(one.active) for one in kept)
        cells = [
            (later, place, round(100 * active / one.n, 1))
            for place, one in enumerate(kept)
            for later, active in enumerate(one.active)
            if later
        ]
        return charts.heat(
            [str(nth) for nth in range(longest)], [_word(one.month) for one in kept], cells
        )

    is_open = month_of(options.now, options.zone) == last
    notes = [text("reports.note.open_month", month=_word(last))] if is_open else []
    return Report(
        COHORT_RETENTION.name, options.span, options.currency, _COLUMNS, rows,
        sum(one.n for one in cohorts), "buyers", text("reports.method.cohort-retention"),
        chart if any(len(one.active) > 1 for one in kept) else None, notes,
    )  # fmt: skip


COHORT_RETENTION: Final = ReportKind(
    "cohort-retention", _build, ask=_ask, days=365, more="/cohorts"
)
