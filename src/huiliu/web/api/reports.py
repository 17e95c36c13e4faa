"""Reports for servers: the console's reports and schedules behind a key."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import show_instant
from huiliu.printers.csv import csv_rows
from huiliu.reports.kinds import REPORTS
from huiliu.reports.schedule import KIND
from huiliu.services.publish import publish
from huiliu.services.report import report_json, report_named, run_report, span_asked
from huiliu.services.report_schedules import (
    ScheduleView,
    list_schedules,
    remove_schedule,
    report_file,
    schedule_run,
    show_schedule,
)
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]


def _list(call: Call) -> object:
    """Return the reports that can be asked for."""
    language = _language(call)
    return {
        "reports": [
            {"report": name, "name": render(text(f"reports.{name}"), language),
             "about": render(text(f"reports.{name}.lead"), language), "days": kind.days}
            for name, kind in REPORTS.items()
        ]
    }  # fmt: skip


def _report(call: Call) -> object:
    """Return a report over some days: `from`, `until`, `language`; as CSV with `format=csv`."""
    kind = report_named(call.path("report"))
    language = _language(call)
    span = span_asked(call.world, kind, {name: call.ask(name) for name in ("from", "until")})
    form = call.ask("format") or "json"
    if form not in {"json", "csv"}:
        said = text("plans.want_choice", choices="json, csv")
        raise BadInput((Problem("format", said),))
    found = run_report(call.world, call.brand_id, kind.name, span)
    if form == "csv":
        content = report_file(found, language, csv_rows)
        return Response(content, media_type="text/csv; charset=utf-8")
    return report_json(found, language)


def _schedules(call: Call) -> object:
    """Return the schedules in use."""
    return {"schedules": [_schedule_json(one) for one in list_schedules(call.world, call.brand_id)]}


def _schedule(call: Call) -> object:
    """Return one schedule, what was made, and its document."""
    view = show_schedule(call.world, call.brand_id, call.path("schedule"))
    runs = [
        {"run": str(one.run_at), "due_at": show_instant(one.run_at), "report": one.report,
         "from": one.first.isoformat(), "until": one.last.isoformat(),
         "made_at": show_instant(one.made_at)}
        for one in view.runs
    ]  # fmt: skip
    letters = [
        {"run": str(one.run_at), "user": one.target, "state": one.state, "said": one.said}
        for one in view.letters
    ]
    more = {"runs": runs, "letters": letters, "source": view.schedule.source}
    return _schedule_json(view) | more


def _publish(call: Call) -> object:
    """Make a schedule live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _remove(call: Call) -> object:
    """Take a schedule out of use."""
    remove_schedule(call.world, call.brand_id, call.path("schedule"))
    return {"slug": call.path("schedule"), "removed": True}


def _run(call: Call) -> object:
    """Return the file of one occasion."""
    run_at = read_number(call.path("run"))
    if run_at is None:
        raise NotFound("report", call.path("run"))
    run = schedule_run(call.world, call.brand_id, call.path("schedule"), run_at)
    return Response(run.content, media_type="text/csv; charset=utf-8")


def _language(call: Call) -> str:
    """Return the language that is asked for; raise BadInput where there is no such one."""
    asked = call.ask("language") or LOCALES[0]
    if asked not in LOCALES:
        said = text("plans.want_choice", choices=", ".join(LOCALES))
        raise BadInput((Problem("language", said),))
    return asked


def _schedule_json(view: ScheduleView) -> dict[str, Any]:
    """Return a schedule as data."""
    one = view.schedule
    return {
        "slug": one.slug,
        "version": view.version,
        "name": dict(one.name),
        "report": one.report,
        "over": one.over,
        "next_at": show_instant(view.next_at),
        "readers": [user.user_id for user in view.readers],
    }


routes: Final = [
    route("GET", "/v1/reports", _list),
    route("GET", "/v1/reports/{report}", _report),
    route("GET", "/v1/report-schedules", _schedules),
    route("POST", "/v1/report-schedules", _publish),
    route("GET", "/v1/report-schedules/{schedule}", _schedule),
    route("DELETE", "/v1/report-schedules/{schedule}", _remove),
    route("GET", "/v1/report-schedules/{schedule}/runs/{run}", _run),
]
