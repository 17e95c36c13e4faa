"""Runs a report of the table: reads what it needs, asks the warehouse, lets it build its table."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any, Final

import ibis

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.money import minor_units
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import as_day, show_instant
from huiliu.ports.world import World
from huiliu.reports.kinds import REPORTS
from huiliu.reports.report import MONEY, Cell, Given, Options, Report, ReportKind, Span, say
from huiliu.reports.standing import standing_orders
from huiliu.services.figures import frame_of, today, usual_currency
from huiliu.services.report_needs import NEEDS

__all__ = ["report_json", "report_lines", "report_named", "run_report", "span_asked"]

_LONGEST_DAYS: Final = 3 * 366
_NUMBERS: Final = count(1)


def report_named(name: str) -> ReportKind:
    """Return a report of the table; raise NotFound."""
    if name not in REPORTS:
        raise NotFound("report", name)
    return REPORTS[name]


def run_report(world: World, brand_id: int, name: str, span: Span) -> Report:
    """Return a report over whole days of the brand's clocks.

    Raises:
        NotFound: there is no such report.
        EngineFailed: the warehouse cannot answer.
    """
    kind = report_named(name)
    currency = usual_currency(world, brand_id)
    frame = frame_of(world, brand_id, span.first, span.last, currency=currency)
    options = Options(
        span, frame.since, max(frame.until, frame.since + 1), world.zone, frame.now, currency
    )
    data = {need: NEEDS[need](world, brand_id, options) for need in kind.needs}
    answers = {}
    if kind.ask is not None:
        with _orders(world, brand_id, currency) as orders:
            asked = kind.ask(orders, frame.tables, options)
            answers = {question: world.warehouse.run(one) for question, one in asked.items()}
    made = kind.build(Given(options, data, answers))
    notes = list(made.notes)
    if span.last >= today(world):
        notes.insert(0, text("reports.note.not_over"))
    return replace(made, notes=notes, as_of=frame.now)


@contextmanager
def _orders(world: World, brand_id: int, currency: str) -> Iterator[ibis.Table]:
    """Lend the paid orders that stand, in one currency: held, as a report may ask often."""
    name = f"asked-{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    standing = standing_orders(world.warehouse.table("orders"), brand_id)
    ours = standing.filter(standing.currency.isnull() | (standing.currency == currency))
    try:
        yield world.warehouse.keep(name, ours)
    finally:
        world.warehouse.let_go([name])


def span_asked(world: World, kind: ReportKind, query: Mapping[str, str]) -> Span:
    """Return the days of `from` and `until`; where nobody says, those that a report is for.

    Raises:
        BadInput: they are no days; all problems at once.
    """
    problems: list[Problem] = []
    last = _day(query, "until", today(world), problems)
    first = _day(query, "from", last - dt.timedelta(days=kind.days - 1), problems)
    if not problems and last < first:
        problems.append(Problem("until", text("plans.ends_before")))
    if not problems and (last - first).days >= _LONGEST_DAYS:
        problems.append(Problem("from", text("plans.too_long", most=_LONGEST_DAYS)))
    if problems:
        raise BadInput(tuple(problems))
    return Span(first, last)


def _day(query: Mapping[str, str], name: str, default: dt.date, problems: list[Problem]) -> dt.date:
    """Return a day of a query."""
    written = query.get(name, "")
    try:
        return as_day(written) if written else default
    except ValueError:
        problems.append(Problem(name, text("plans.want_day")))
        return default


def report_lines(report: Report, locale: str) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Return the heading and the rows of a report's file; numbers stay numbers."""
    head = [
        f"{heading} ({report.currency})" if column.type == MONEY and report.currency else heading
        for column in report.columns
        for heading in [_heading(column.name, column.bounds, locale)]
    ]
    rows: list[Sequence[object]] = [[_plain(report, column.type, cell, locale)
             for column, cell in zip(report.columns, row, strict=True)]
            for row in report.rows]  # fmt: skip
    return head, rows


def _heading(name: str, bounds: str, locale: str) -> str:
    """Return a column's heading."""
    heading = render(text(f"reports.column.{name}"), locale)
    if not bounds:
        return heading
    return f"{render(text(f'reports.column.{bounds}'), locale)} {heading}"


def _plain(report: Report, kind: str, cell: Cell, locale: str) -> object:
    """Return a cell as it stands in a file."""
    if cell is None or isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return round(cell, minor_units(report.currency) if kind == MONEY else 6)
    return say(cell, locale)


def report_json(report: Report, locale: str) -> dict[str, Any]:
    """Return a report as data; sentences and the chart's words in a language."""
    keys = [column.key for column in report.columns]
    _, rows = report_lines(report, locale)
    return {
        "report": report.name,
        "name": render(text(f"reports.{report.name}"), locale),
        "from": report.span.first.isoformat(),
        "until": report.span.last.isoformat(),
        "currency": report.currency or None,
        "as_of": show_instant(report.as_of),
        "n": report.n,
        "n_of": render(text(f"reports.n.{report.n_of}"), locale),
        "columns": [
            {"name": column.key, "type": column.type, "bounds": column.bounds or None,
             "label": _heading(column.name, column.bounds, locale)}
            for column in report.columns
        ],
        "rows": [dict(zip(keys, row, strict=True)) for row in rows],
        "method": render(report.method, locale),
        "notes": [render(one, locale) for one in report.notes],
        "chart": None if report.chart is None else report.chart(locale),
    }  # fmt: skip
