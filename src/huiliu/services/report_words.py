"""How the cells of a report are written for readers: money, shares, counts, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.kernel.money import minor_units
from huiliu.kernel.texts import render, text
from huiliu.reports.report import (
    COUNT,
    DAYS,
    MONEY,
    PART,
    POINTS,
    SHARE,
    TEXT,
    Cell,
    Column,
    Report,
    say,
)

__all__ = ["ShownColumn", "shown_columns", "shown_rows"]


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column as it is shown: its interval stands in the same cell."""

    label: str
    is_text: bool


def shown_columns(report: Report, locale: str) -> list[ShownColumn]:
    """Return the columns of a table; bounds have none of their own."""
    return [
        ShownColumn(_label(report, column, locale), column.type == TEXT)
        for column in report.columns
        if not column.bounds
    ]


def shown_rows(report: Report, locale: str) -> list[list[tuple[str, str]]]:
    """Return (figure, interval in words or "") of each cell that is shown."""
    return [_shown_row(report, row, locale) for row in report.rows]


def _label(report: Report, column: Column, locale: str) -> str:
    """Return a column's heading."""
    heading = render(text(f"reports.column.{column.name}"), locale)
    money = column.type == MONEY and report.currency
    return f"{heading} ({report.currency})" if money else heading


def _shown_row(report: Report, row: Sequence[Cell], locale: str) -> list[tuple[str, str]]:
    """Return one row."""
    bounds: dict[tuple[str, str], str] = {}
    for column, cell in zip(report.columns, row, strict=True):
        if column.bounds and cell is not None:
            written = _written(report, column.type, cell, locale)
            bounds[column.bounds, column.name] = written
    shown = []
    for column, cell in zip(report.columns, row, strict=True):
        if column.bounds:
            continue
        low, high = bounds.get((column.name, "low")), bounds.get((column.name, "high"))
        between = f"{low} – {high}" if low is not None and high is not None else ""
        shown.append((_written(report, column.type, cell, locale), between))
    return shown


def _written(report: Report, kind: str, cell: Cell, locale: str) -> str:
    """Return one cell; what cannot be told is a dash."""
    if cell is None:
        return "–"
    if not isinstance(cell, int | float):
        return say(cell, locale)
    if kind in {SHARE, PART}:
        return f"{100 * cell:.1f}%"
    if kind == MONEY:
        return f"{cell:,.{minor_units(report.currency)}f}"
    if kind in {COUNT, DAYS}:
        return f"{cell:,.0f}"
    if kind == POINTS:
        return f"{cell:,.2f}".rstrip("0").rstrip(".")
    return f"{cell:,.2f}"
