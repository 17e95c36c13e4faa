"""Reports: each a chart, a table and its method; as a file; and those that come on a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Unavailable
from huiliu.ports.world import World
from huiliu.printers.csv import csv_rows
from huiliu.reports.kinds import REPORTS
from huiliu.reports.schedule import KIND, parse_report_schedule
from huiliu.services.list_actions import record_action
from huiliu.services.report import report_lines, report_named, run_report, span_asked
from huiliu.services.report_letters import file_name
from huiliu.services.report_schedules import (
    ScheduleView,
    list_schedules,
    preview_schedule,
    remove_schedule,
    schedule_run,
    show_schedule,
)
from huiliu.services.report_words import shown_columns, shown_rows
from huiliu.web.doors import Door, Visit
from huiliu.web.paging import read_number
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["REPORT_DOORS"]

_FIRST: Final = """\
huiliu: 1
kind: report_schedule
slug: weekly-%(report)s
name:
  zh-CN: 每周报表
  en: Weekly report
report: %(report)s
over: last_90_days
when: {every: week, on: monday, at: "09:00"}
to:
  roles: [admin]
  departments: [marketing]
"""
_QUERY: Final = ("from", "until")


def show_list(visit: Visit) -> Response:
    """Show every report."""
    return page(visit, "pages/reports.html", section="reports", reports=list(REPORTS.values()))


def show(visit: Visit) -> Response:
    """Show a report's page; the report itself comes after it."""
    kind = report_named(visit.path("report"))
    query = {name: visit.ask(name) for name in _QUERY}
    span, problems = None, []
    try:
        span = span_asked(visit.world, kind, query)
    except BadInput as fault:
        problems = [(one.path, one.text, 0) for one in fault.problems]
    return page(
        visit, "pages/report.html", 422 if problems else 200, section="reports", kind=kind,
        span=span, problems=problems, query=query,
    )  # fmt: skip


def show_table(visit: Visit) -> Response:
    """Show a report: its chart, its table and its method."""
    kind = report_named(visit.path("report"))
    span = span_asked(visit.world, kind, {name: visit.ask(name) for name in _QUERY})
    try:
        found = run_report(visit.world, visit.brand_id, kind.name, span)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/report.html", found=None)
    return page(
        visit, "partials/report.html", found=found, columns=shown_columns(found, visit.locale),
        rows=shown_rows(found, visit.locale),
        chart=found.chart(visit.locale) if found.chart else None,
    )  # fmt: skip


def export(visit: Visit) -> Response:
    """Send a report as CSV."""
    kind = report_named(visit.path("report"))
    span = span_asked(visit.world, kind, {name: visit.ask(name) for name in _QUERY})
    found = run_report(visit.world, visit.brand_id, kind.name, span)
    name = file_name(kind.name, span.first.isoformat(), span.last.isoformat())
    return _file(name, csv_rows(*report_lines(found, visit.locale)))


def _file(name: str, content: Any) -> Response:  # bytes, or pieces of them
    """Return a CSV file to be kept."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    media_type = "text/csv; charset=utf-8"
    if isinstance(content, bytes):
        return Response(content, media_type=media_type, headers=headers)
    return StreamingResponse(content, media_type=media_type, headers=headers)


# -- schedules -----------------------------------------------------------------------------------


def show_schedules(visit: Visit) -> Response:
    """Show every schedule in use."""
    return page(
        visit, "pages/report_schedules.html", section="reports", removed=visit.ask("removed"),
        rows=list_schedules(visit.world, visit.brand_id),
    )  # fmt: skip


def show_one(visit: Visit) -> Response:
    """Show one schedule and what was made."""
    view = show_schedule(visit.world, visit.brand_id, visit.path("schedule"))
    return page(
        visit, "pages/report_schedule.html", section="reports", view=view,
        applied=visit.ask("applied"),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a schedule."""
    asked = visit.ask("report")
    return _EDITOR.show(visit, _FIRST % {"report": asked if asked in REPORTS else "rfm"})


def show_editor(visit: Visit) -> Response:
    """Show the editor with a schedule in use."""
    view = show_schedule(visit.world, visit.brand_id, visit.path("schedule"))
    return _EDITOR.show(visit, view.schedule.source, view.schedule.slug, view.version)


def check(visit: Visit) -> Response:
    """Show when a draft would be due, and who would get it."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def remove(visit: Visit) -> Response:
    """Take a schedule out of use."""
    slug = visit.path("schedule")
    remove_schedule(visit.world, visit.brand_id, slug)
    user = visit.me.user.user_id
    record_action(visit.world, visit.brand_id, user, "report_schedule_removed", slug)
    return go("/report-schedules", removed=slug)


def download(visit: Visit) -> Response:
    """Send what was made on one occasion."""
    run_at = read_number(visit.path("run"))
    if run_at is None:
        raise NotFound("report", visit.path("run"))
    run = schedule_run(visit.world, visit.brand_id, visit.path("schedule"), run_at)
    name = file_name(run.report, run.first.isoformat(), run.last.isoformat())
    return _file(name, run.content)


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return when a draft would be due, and who would get it; raise BadInput."""
    found = parse_report_schedule(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    view: ScheduleView = preview_schedule(world, brand_id, found)
    return {"view": view}


_EDITOR: Final = PlanEditor(
    KIND, "/report-schedules", "report_schedules", _FIRST, _look,
    "partials/report_schedule_looked.html",
)  # fmt: skip
_SCHEDULE: Final = "/report-schedules/{schedule}"

REPORT_DOORS: Final = (
    Door("/reports", show_list, "reports.read"),
    Door("/reports/{report}.csv", export, "reports.read"),
    Door("/reports/{report}", show, "reports.read"),
    Door("/reports/{report}/table", show_table, "reports.read"),
    Door("/report-schedules", show_schedules, "reports.read"),
    Door("/report-schedules/new", show_new, "reports.write"),
    Door("/report-schedules/check", check, "reports.write", ("POST",)),
    Door("/report-schedules/apply", apply, "reports.write", ("POST",)),
    Door(_SCHEDULE, show_one, "reports.read"),
    Door(f"{_SCHEDULE}/edit", show_editor, "reports.write"),
    Door(f"{_SCHEDULE}/remove", remove, "reports.write", ("POST",)),
    Door(f"{_SCHEDULE}/runs/{{run}}.csv", download, "reports.read"),
)
