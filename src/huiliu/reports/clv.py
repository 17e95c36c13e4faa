"""CLV: what buyers will still spend in a year, by a model that can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import numpy as np

from huiliu.conditions.population import moment_literal
from huiliu.kernel.texts import Text, render, text
from huiliu.kernel.times import local_datetime
from huiliu.reports import charts
from huiliu.reports.report import (
    COUNT,
    MONEY,
    NUMBER,
    TEXT,
    Cell,
    Column,
    Given,
    Options,
    Report,
    ReportKind,
)
from huiliu.statistics.histories import Floats, Histories
from huiliu.statistics.repeat_buying import (
    RepeatBuying,
    discounted_purchases,
    fit_repeat_buying,
)
from huiliu.tags.recipes.days import day_number

__all__ = ["CLV_REPORT"]

_COLUMNS: Final = [
    Column("purchase_days", TEXT), Column("buyers", COUNT), Column("p_alive", NUMBER),
    Column("expected_purchases", NUMBER), Column("value_a_purchase", MONEY), Column("clv", MONEY),
    Column("clv_of_all", MONEY),
]  # fmt: skip
_WEEK: Final = 7.0
_MONTHS: Final = 12
_MONTH: Final = 365.25 / 12
#: What a payment loses in a year.
_DISCOUNT: Final = 0.1
#: Purchase days: from, to.
_BANDS: Final = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 9), (10, 10**9))


def _ask(orders: ibis.Table, _tables: object, options: Options) -> Mapping[str, ibis.Table]:
    """Ask how many people have each history: purchase days, recency and age."""
    rows = orders.filter(orders.paid_at < moment_literal(options.until))
    rows = rows.select(
        "profile_id", "total", day=day_number(rows.paid_at, options.zone, options.now)
    )
    days = rows.group_by("profile_id", "day").agg(total=rows.total.sum())
    today = local_datetime(options.until - 1, options.zone).date().toordinal() - _EPOCH
    each = days.group_by("profile_id").agg(
        x=days.count() - 1, recency=days.day.max() - days.day.min(),
        age=ibis.greatest(ibis.literal(today) - days.day.min(), 0), value=days.total.sum(),
    )  # fmt: skip
    return {
        "histories": each.group_by("x", "recency", "age").agg(
            n=each.count(), value=each.value.sum()
        )
    }


_EPOCH: Final = 719_163


def _build(given: Given) -> Report:
    """Return a row for each band of purchase days."""
    found = given.answers["histories"]
    x, recency, age, n, value = (
        np.asarray(found[name], np.float64) for name in ("x", "recency", "age", "n", "value")
    )
    order = np.lexsort((age, recency, x))
    x, recency, age, n, value = (one[order] for one in (x, recency, age, n, value))
    fitted = fit_repeat_buying(Histories.of(x, recency / _WEEK, age / _WEEK, n))
    rows, notes = _rows(fitted, (x, recency / _WEEK, age / _WEEK), n, value)
    names = [row[0] for row in rows]
    sums = [float(row[-1]) if isinstance(row[-1], float) else 0.0 for row in rows]

    def chart(locale: str) -> dict[str, Any]:
        """Return what each band will still spend, as bars."""
        words = [render(one, locale) if isinstance(one, Text) else str(one) for one in names]
        return charts.bars(words, {render(text("reports.column.clv_of_all"), locale): sums})

    return Report(
        CLV_REPORT.name, given.options.span, given.options.currency, _COLUMNS, rows,
        int(n.sum()), "buyers", text("reports.method.clv", months=_MONTHS, percent=10),
        chart if fitted.model is not None else None, notes,
    )  # fmt: skip


def _called(model: str) -> str:
    """Return what a model is called in papers."""
    return {"bg-nbd": "BG/NBD", "pareto-nbd": "Pareto/NBD", "nbd": "NBD"}.get(model, model)


def _rows(
    fitted: RepeatBuying, history: tuple[Floats, Floats, Floats], n: Floats, value: Floats
) -> tuple[list[tuple[Cell, ...]], list[Text]]:
    """Return the bands' rows, and what a reader must know of the model."""
    x, recency, age = history
    notes = [
        text("analysis.clv_refused", model=_called(name), why=text(f"analysis.clv.{why}"))
        for name, why in fitted.refused.items()
    ]
    model = fitted.model
    if model is None:
        notes.append(text("reports.note.no_model", n=fitted.n_people))
        alive = purchases = discounted = None
    else:
        notes.insert(0, text("reports.note.model", model=_called(fitted.name), n=fitted.n_people))
        alive = None if fitted.name == "nbd" else model.p_alive(x, recency, age)
        still = np.ones(len(x)) if alive is None else alive
        rate = (1 + _DISCOUNT) ** (1 / 12) - 1
        year = np.array([_MONTHS * _MONTH / _WEEK])
        purchases = still * model.purchases_of_the_living(x, age, year)[:, 0]
        discounted = still * discounted_purchases(model, x, age, _MONTH / _WEEK, _MONTHS, rate)
    rows: list[tuple[Cell, ...]] = []
    for low, high in _BANDS:
        here = (x + 1 >= low) & (x + 1 <= high)
        people = float(n[here].sum())
        if not people:
            continue
        worth = float(value[here].sum()) / float((n * (x + 1))[here].sum())
        mean = [
            None if one is None else float((one * n)[here].sum()) / people
            for one in (alive, purchases, discounted)
        ]
        clv = None if mean[2] is None else mean[2] * worth
        rows.append((
            _band(low, high), int(people), mean[0], mean[1], worth, clv,
            None if clv is None else clv * people,
        ))  # fmt: skip
    return rows, notes


def _band(low: int, high: int) -> Text | str:
    """Return the words of a band."""
    if high >= 10**9:
        return text("reports.band.and_more", low=low)
    return str(low) if low == high else f"{low}-{high}"


CLV_REPORT: Final = ReportKind("clv", _build, ask=_ask, days=365)
