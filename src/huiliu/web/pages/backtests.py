"""Backtests: a form, how far each has come, and what it found, with charts and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.times import DAY, local_datetime
from huiliu.printers.csv import csv_rows
from huiliu.reports.charts import columns, lines
from huiliu.services.backtest_jobs import (
    Shown,
    ask_backtest,
    cancel_backtest,
    list_backtests,
    show_backtest,
)
from huiliu.services.draw_journey import list_journeys
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.paging import read_number
from huiliu.web.rendering import channel_name, go, page

__all__ = ["ask", "cancel", "export", "show", "show_list", "show_state"]

#: What the form begins with: the last ninety days.
_DAYS: Final = 90
_FIELDS: Final = ("slug", "from", "to", "seed", "with_live", "reachable")


def show_list(visit: Visit) -> Response:
    """Show the form and the last backtests."""
    world = visit.world
    now = world.clock.now()
    first = {
        "slug": visit.ask("journey"), "seed": "1",
        "from": local_datetime(now - _DAYS * DAY, world.zone).date().isoformat(),
        "to": local_datetime(now, world.zone).date().isoformat(),
    }  # fmt: skip
    return _form(visit, first)


def ask(visit: Visit) -> Response:
    """Keep a backtest to be run, or say all that is wrong; what was filled in stays."""
    given = {name: visit.form.get(name, "") for name in _FIELDS}
    try:
        row = ask_backtest(visit.world, visit.brand_id, given, visit.me.user.email)
    except BadInput as fault:
        problems = [(one.path, one.text, one.line) for one in fault.problems]
        return _form(visit, given, problems)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "backtest_asked", row.journey)
    return go(f"/backtests/{row.backtest_id}")


def show(visit: Visit) -> Response:
    """Show one backtest: how far it has come, or what it found."""
    return page(visit, "pages/backtest.html", section="backtests", **_facts(visit))


def show_state(visit: Visit) -> Response:
    """Show how far a backtest has come, or what it found; asked again until it is over."""
    return page(visit, "partials/backtest.html", **_facts(visit))


def cancel(visit: Visit) -> Response:
    """Let a backtest end where it is."""
    found = _found(visit)
    cancel_backtest(visit.world, visit.brand_id, found.row.backtest_id)
    return go(f"/backtests/{found.row.backtest_id}")


def export(visit: Visit) -> Response:
    """Send the messages a day and channel as CSV."""
    found = _found(visit)
    if found.report is None:
        raise NotFound("backtest", visit.path("backtest"))
    words = ("day", "channel", "decided", "sent")
    header = [translate(visit.locale, f"console.backtest.csv.{word}") for word in words]
    name = f"backtest-{found.row.journey}-{found.row.backtest_id}.csv"
    return StreamingResponse(
        csv_rows(header, _days(found.report)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _form(
    visit: Visit, given: Mapping[str, str], problems: Sequence[tuple[str, object, int]] = ()
) -> Response:
    """Show the form with what was filled in, and the last backtests."""
    return page(
        visit, "pages/backtests.html", 422 if problems else 200, section="backtests",
        journeys=list_journeys(visit.world, visit.brand_id),
        given=dict.fromkeys(_FIELDS, "") | dict(given), problems=problems,
        rows=list_backtests(visit.world, visit.brand_id),
    )  # fmt: skip


def _found(visit: Visit) -> Shown:
    """Return the backtest of the address."""
    number = read_number(visit.path("backtest"))
    if number is None:
        raise NotFound("backtest", visit.path("backtest"))
    return show_backtest(visit.world, visit.brand_id, number)


def _facts(visit: Visit) -> dict[str, Any]:
    """Return what the page and its part show."""
    found = _found(visit)
    report = found.report
    if report is None:
        return {"found": found, "report": None, "by_day": None, "by_node": None}
    days = report["messages"]["days"]
    channels = sorted({channel for day in days for channel in day["channels"]})
    series = {
        channel_name(visit.locale, channel): [
            day["channels"].get(channel, {}).get("sent", 0) for day in days
        ]
        for channel in channels
    }
    people = translate(visit.locale, "backtest.people")
    nodes = report["nodes"]
    return {
        "found": found,
        "report": report,
        "by_day": lines([day["day"] for day in days], series) if days else None,
        "by_node": columns(
            [one["node"] for one in nodes], {people: [one["people"] for one in nodes]}
        ),
    }


def _days(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the CSV."""
    for day in report["messages"]["days"]:
        for channel, counted in day["channels"].items():
            yield day["day"], channel, str(counted["decided"]), str(counted["sent"])
