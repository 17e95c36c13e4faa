"""`huiliu report NAME`: a report of the table as words, JSON or a CSV file; and the white paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.white_paper import white_paper
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.printers.csv import csv_rows
from huiliu.reports.kinds import REPORTS
from huiliu.services.report import report_json, report_named, run_report, span_asked
from huiliu.services.report_schedules import list_schedules, report_file
from huiliu.services.report_words import shown_columns, shown_rows

__all__ = ["app"]

_BRAND = 1

app = App(name="report", help=sentence("cli.report.help"))
app.command(white_paper, name="white-paper", help=sentence("cli.report.white_paper.help"))


@app.default
def report(
    name: Annotated[str, Parameter(help=sentence("cli.report.name"))] = "",
    /,
    *,
    since: Annotated[str, Parameter(name="--from", help=sentence("cli.report.from"))] = "",
    until: Annotated[str, Parameter(help=sentence("cli.report.until"))] = "",
    output: Annotated[
        Path | None, Parameter(name=("-o", "--output"), help=sentence("cli.report.output"))
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print a report, or write it as CSV; without a name, which reports there are."""
    if not name:
        _tell_names(json=json)
        return
    kind = report_named(name)
    with open_instance(instance) as house:
        house.catch_up()
        span = span_asked(house.world, kind, {"from": since, "until": until})
        found = run_report(house.world, _BRAND, name, span)
    if output is not None:
        try:
            output.write_bytes(report_file(found, language(), csv_rows))
        except OSError as fault:
            cause = text("init.cannot_write", cause=cause_of(fault))
            raise BadInput((Problem(str(output), cause),)) from fault
    if json:
        emit(report_json(found, language()))
    elif output is not None:
        say(text("cli.report.written", file=str(output), n=len(found.rows)))
    else:
        say(text("cli.report.title", report=text(f"reports.{name}"), first=span.first.isoformat(),
                 last=span.last.isoformat(), n=found.n,
                 of=text(f"reports.n.{found.n_of}")))  # fmt: skip
        table(
            [one.label for one in shown_columns(found, language())],
            ([f"{figure} ({between})" if between else figure for figure, between in row]
             for row in shown_rows(found, language())),
        )  # fmt: skip
        for note in (*found.notes, found.method):
            say(note)


def _tell_names(*, json: bool) -> None:
    """Print which reports there are."""
    if json:
        emit([{"report": name, "days": kind.days} for name, kind in REPORTS.items()])
        return
    columns = [text("cli.report.column.report"), text("cli.report.column.about")]
    table(columns, [(name, text(f"reports.{name}.lead")) for name in REPORTS])


@app.command(help=sentence("cli.report.schedules.help"))
def schedules(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print which reports come by mail, when next, and to how many."""
    with open_instance(instance) as house:
        rows = list_schedules(house.world, _BRAND)
    if json:
        emit([
            {"schedule": one.schedule.slug, "report": one.schedule.report,
             "over": one.schedule.over, "next_at": show_instant(one.next_at),
             "readers": len(one.readers)}
            for one in rows
        ])  # fmt: skip
        return
    words = ("schedule", "report", "next", "readers")
    table(
        [text(f"cli.report.column.{word}") for word in words],
        [(one.schedule.slug, one.schedule.report, show_instant(one.next_at), len(one.readers))
         for one in rows],
    )  # fmt: skip
