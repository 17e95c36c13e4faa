"""The repurchase curve: how long until first buyers buy again, those not yet back included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.texts import Text, render, text
from huiliu.kernel.times import local_datetime
from huiliu.reports import charts
from huiliu.reports.report import COUNT, DAYS, SHARE, Given, Options, Report, ReportKind
from huiliu.reports.report import columns as columns_of
from huiliu.statistics.kaplan_meier import kaplan_meier
from huiliu.statistics.survival_bounds import returned_by
from huiliu.tags.recipes.days import day_number

__all__ = ["REPURCHASE_CURVE"]

_COLUMNS: Final = columns_of(("day", DAYS), ("watched", COUNT), ("returned", SHARE))
_TIMES: Final = (1, 3, 7, 14, 21, 30, 45, 60, 90, 120, 150, 180, 270, 365)


def _ask(orders: ibis.Table, _tables: object, options: Options) -> Mapping[str, ibis.Table]:
    """Ask after how many days first buyers bought again, or how long they were watched."""
    rows = orders.filter(orders.paid_at < moment_literal(options.until))
    days = rows.select(
        "profile_id", day=day_number(rows.paid_at, options.zone, options.now)
    ).distinct()
    by_day = ibis.window(group_by=days.profile_id, order_by=days.day)
    days = days.mutate(nth=ibis.row_number().over(by_day), later=days.day.lead().over(by_day))
    first = days.filter(days.nth == 0, days.day >= _day(options.since, options.zone))
    end = _day(options.until - 1, options.zone)
    is_back = first.later.notnull()
    first = first.select(is_back=is_back, gap=ibis.ifelse(is_back, first.later, end) - first.day)
    return {"gaps": first.group_by("gap", "is_back").agg(n=first.count())}


def _day(instant: int, zone: str) -> int:
    """Return the brand's day of an instant, in days since 1970."""
    return local_datetime(instant, zone).date().toordinal() - _EPOCH


_EPOCH: Final = 719_163


def _build(given: Given) -> Report:
    """Return the share that came back by each day."""
    options = given.options
    folded: dict[int, list[int]] = {}
    for row in given.answers["gaps"].to_pylist():
        folded.setdefault(row["gap"], [0, 0])[0 if row["is_back"] else 1] += row["n"]
    counts = [(float(gap), float(came), float(gone)) for gap, (came, gone) in folded.items()]
    n = round(sum(came + gone for _, came, gone in counts))
    longest = max((gap for gap, _, _ in counts), default=0.0)
    times = [day for day in _TIMES if day <= longest]
    rows = [
        (round(at.time), round(at.n), at.share, at.low, at.high)
        for at in returned_by(counts, times)
        if at.share is not None
    ]
    curve = [(0.0, 0.0)] + [
        (at.time, round(100 * at.share, 2))
        for at in returned_by(counts, sorted(gap for gap, came, _ in counts if came))
        if at.share is not None
    ]

    def chart(locale: str) -> dict[str, Any]:
        """Return the curve in steps, percent."""
        return charts.curve({render(text("reports.column.returned"), locale): curve}, steps=True)

    notes: list[Text] = []
    if n:
        lengths = [gap for gap, came, gone in counts for many in (came, gone) if many]
        happened = [place == 0 for _, *both in counts for place, many in enumerate(both) if many]
        weights = [many for _, *both in counts for many in both if many]
        median = kaplan_meier(lengths, happened, weights).median
        notes.append(
            text("reports.note.no_median") if median is None
            else text("reports.note.median", days=f"{median:g}")
        )  # fmt: skip
    return Report(
        REPURCHASE_CURVE.name, options.span, "", _COLUMNS, rows, n, "buyers",
        text("reports.method.repurchase-curve"), chart if len(curve) > 1 else None, notes,
    )  # fmt: skip


REPURCHASE_CURVE: Final = ReportKind("repurchase-curve", _build, ask=_ask, days=365)
