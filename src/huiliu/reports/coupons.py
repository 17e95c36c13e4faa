"""Coupons: how many codes were issued in the span, how many of those were used, what they gave."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.money import minor_units
from huiliu.kernel.texts import render, text
from huiliu.reports import charts
from huiliu.reports.report import (
    COUNT,
    MONEY,
    PART,
    SHARE,
    TEXT,
    Cell,
    Column,
    Given,
    Report,
    ReportKind,
    rate,
)
from huiliu.reports.report import columns as columns_of

__all__ = ["COUPONS"]

_COLUMNS: Final = [
    *columns_of(("coupon", TEXT), ("issued", COUNT), ("used_of_issued", COUNT),
                ("redemption_rate", SHARE)),
    Column("orders", COUNT), Column("order_value", MONEY), Column("discount", MONEY),
    Column("discount_a_hundred", PART),
]  # fmt: skip


def _build(given: Given) -> Report:
    """Return a row a pool, what gave most first."""
    rows: list[tuple[Cell, ...]] = []
    n_issued = n_other = 0
    unit = 10 ** minor_units(given.options.currency)
    for one in given.data["coupons"]:
        n_other += one.n_other
        if not one.n_issued and not one.n_orders:
            continue
        n_issued += one.n_issued
        rows.append((
            one.coupon, one.n_issued, one.n_used, *rate(one.n_used, one.n_issued), one.n_orders,
            one.total / unit, one.discount / unit,
            one.discount / one.total if one.total else None,
        ))  # fmt: skip
    drawn = [row for row in rows if row[3] is not None][:20]

    def chart(locale: str) -> dict[str, Any]:
        """Return each pool's redemption with its interval, percent."""
        label = render(text("reports.column.redemption_rate"), locale)
        points = [
            charts.Interval(str(row[0]), *(round(100 * float(cell), 2) for cell in row[3:6]
                                           if isinstance(cell, float)))
            for row in drawn
        ]  # fmt: skip
        return charts.forest(points, label, reference=None)

    notes = [text("reports.note.left_out", n=n_other)] if n_other else []
    return Report(
        COUPONS.name, given.options.span, given.options.currency, _COLUMNS, rows, n_issued,
        "codes", text("reports.method.coupons"), chart if drawn else None, notes,
    )  # fmt: skip


COUPONS: Final = ReportKind("coupons", _build, ("coupons",), days=90, more="/coupons")
