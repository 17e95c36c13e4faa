"""Funnels: how far people come, step by step; those that come with the program and the brand's."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.texts import render, text
from huiliu.reports import charts
from huiliu.reports.report import COUNT, NUMBER, TEXT, Cell, Column, Given, Report, ReportKind
from huiliu.reports.report import columns as columns_of

__all__ = ["FUNNELS"]

_COLUMNS: Final = [
    *columns_of(("funnel", TEXT), ("step", TEXT), ("people", COUNT), ("of_first", "share"),
                ("of_before", "share")),
    Column("median_hours", NUMBER),
]  # fmt: skip
_HOUR: Final = 3_600
#: So many funnels are drawn; the table holds them all.
_DRAWN: Final = 3


def _build(given: Given) -> Report:
    """Return a row a step; funnels that nobody entered are left out."""
    found = [one for one in given.data["funnels"] if one.n]
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        name = text("reports.named", name=dict(one.funnel.name))
        for step in one.steps:
            first, before = (
                (None, None, None) if share is None else (share, *interval)
                for share, interval in (
                    (step.of_first, step.of_first_interval),
                    (step.of_before, step.of_before_interval),
                )
            )
            hours = None if step.median_s is None else step.median_s / _HOUR
            rows.append((
                name, text("reports.named", name=dict(step.name)), step.n, *first, *before, hours,
            ))  # fmt: skip

    def chart(locale: str) -> dict[str, Any]:
        """Return the steps of the largest funnels as bars, in people."""
        drawn = sorted(found, key=lambda one: -one.n)[:_DRAWN]
        names, counts = [], []
        for one in drawn:
            words = render(text("reports.named", name=dict(one.funnel.name)), locale)
            for step in one.steps:
                names.append(
                    f"{words} · {render(text('reports.named', name=dict(step.name)), locale)}"
                )
                counts.append(float(step.n))
        return charts.bars(names, {render(text("reports.column.people"), locale): counts})

    n_open = sum(one.n_open for one in found)
    notes = [text("reports.note.funnel_open", n=n_open)] if n_open else []
    return Report(
        FUNNELS.name, given.options.span, "", _COLUMNS, rows, sum(one.n for one in found),
        "entries", text("reports.method.funnel"), chart if found else None, notes,
    )  # fmt: skip


FUNNELS: Final = ReportKind("funnel", _build, ("funnels",), days=30, more="/funnels")
