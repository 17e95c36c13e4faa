"""The channel guard: what it watches and saw, each incident, and what a person can do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from huiliu.governance.guard_document import KIND, parse_guard
from huiliu.kernel.errors import BadInput, Conflict, EngineFailed, NotFound, Problem, Unavailable
from huiliu.kernel.texts import text
from huiliu.ports.guard import DayRow, IncidentRow, ReadingRow
from huiliu.ports.world import World
from huiliu.reports.charts import Band, band
from huiliu.services.guard_hint import document_in_use, how_long
from huiliu.services.guard_watch import look_at_guard
from huiliu.services.incidents import (
    guard_status,
    list_incidents,
    override_incident,
    remove_guard,
    resume_incident,
    show_incident,
)
from huiliu.services.list_actions import record_action
from huiliu.statistics.proportions import wilson
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.paging import read_number
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = [
    "act",
    "apply",
    "check",
    "look",
    "remove",
    "show",
    "show_editor",
    "show_guard",
    "show_list",
    "show_new",
]

_SECTION: Final = "incidents"
_EPOCH: Final = dt.date(1970, 1, 1)
#: Verdicts that somebody wants to see first.
_URGENT: Final = ("pause", "common", "watch")
_FIRST: Final = """\
huiliu: 1
kind: guard
slug: watch
name: {zh-CN: 渠道值守, en: Channels}
mode: statistical
then: pause
threshold: 0.05
every: 1h
metrics: [deliver, open, click, cart, pay, ads]
least: 500
within: 3d
wait: 2d
ramp: [10, 50]
stage: 1d
"""


def show_list(visit: Visit) -> Response:
    """Show what is watched and every incident, those that are not over first."""
    world, brand_id = visit.world, visit.brand_id
    status = guard_status(world, brand_id)
    with world.store.transaction(brand_id) as tx:
        rows = list_incidents(tx, brand_id)
    over = [one for one in rows if one.is_over]
    return page(
        visit, "pages/incidents.html", section=_SECTION, status=status, over=over,
        unpaused=status.unpaused,
        removed=visit.ask("removed"), rate=_rate, interval=_interval,
        watched=[(document, look, _telling(look.readings) if look else [])
                 for document, look in status.guards],
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one incident: what fell, since when, where, and all that became of it."""
    return _show(visit)


def act(visit: Visit) -> Response:
    """Let the first part through again, or override.

    Raises:
        NotFound: there is no such incident, or no such thing to do.
    """
    what, number = visit.path("act"), _number(visit)
    world, brand_id, by = visit.world, visit.brand_id, visit.me.user.email
    try:
        if what == "resume":
            resume_incident(world, brand_id, number, by, visit.form.get("note", ""))
        elif what == "override":
            override_incident(world, brand_id, number, by, visit.form.get("reason", ""))
        else:
            raise NotFound("act", what)
    except BadInput as fault:
        return _show(visit, fault.problems, 422)
    except Conflict:
        return _show(visit, (Problem("", text("console.incidents.meanwhile")),), 409)
    record_action(world, brand_id, visit.me.user.user_id, f"incident_{what}", str(number))
    return go(f"/incidents/{number}", done=what)


def show_guard(visit: Visit) -> Response:
    """Show one guard: its settings, and what each series showed."""
    document, version = document_in_use(visit.world, visit.brand_id, visit.path("guard"))
    looks = {one.slug: look for one, look in guard_status(visit.world, visit.brand_id).guards}
    seen = looks.get(document.slug)
    return page(
        visit, "pages/guard.html", section=_SECTION, document=document, version=version, look=seen,
        readings=_sorted(seen.readings) if seen else [], applied=visit.ask("applied"),
        done=visit.ask("done"), rate=_rate, interval=_interval,
    )  # fmt: skip


def look(visit: Visit) -> Response:
    """Look with a guard at once."""
    slug = visit.path("guard")
    look_at_guard(visit.world, visit.brand_id, slug)
    return go(f"/guard/{slug}", done="look")


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a guard."""
    return _EDITOR.show(visit, _FIRST)


def show_editor(visit: Visit) -> Response:
    """Show the editor with a guard in use."""
    document, version = document_in_use(visit.world, visit.brand_id, visit.path("guard"))
    return _EDITOR.show(visit, document.source, document.slug, version)


def check(visit: Visit) -> Response:
    """Show what a draft says, and how long this traffic needs for its threshold."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def remove(visit: Visit) -> Response:
    """Take a guard out of use: what is paused because of it goes on."""
    slug = visit.path("guard")
    remove_guard(visit.world, visit.brand_id, slug, visit.me.user.email)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "guard_removed", slug)
    return go("/incidents", removed=slug)


def _show(visit: Visit, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    """Show one incident, and what was wrong with what was asked for."""
    view = show_incident(visit.world, visit.brand_id, _number(visit))
    return page(
        visit, "pages/incident.html", status, section=_SECTION, view=view, row=view.row,
        unpaused=view.unpaused,
        chart=_chart(visit.locale, view.row), interval=_interval,
        problems=[(one.path, one.text, one.line) for one in problems], done=visit.ask("done"),
    )  # fmt: skip


def _number(visit: Visit) -> int:
    """Return the incident that the address names; raise NotFound."""
    found = read_number(visit.path("incident"))
    if found is None:
        raise NotFound("incident", visit.path("incident"))
    return found


def _chart(locale: str, row: IncidentRow) -> Mapping[str, Any]:
    """Return the days of an incident: what was seen with its interval, and what was expected."""
    days = [one for one in row.evidence if one.n > 0]
    bounds = [wilson(round(one.seen), max(1, round(one.n))) for one in days]
    seen = Band(
        translate(locale, "console.incidents.seen"), [_percent(one.seen, one.n) for one in days],
        [round(100 * low, 2) for low, _ in bounds], [round(100 * high, 2) for _, high in bounds],
    )  # fmt: skip
    nothing = [None for _ in days]
    expected = Band(
        translate(locale, "console.incidents.expected"),
        [None if one.expected is None else _percent(one.expected, one.n) for one in days],
        nothing, nothing,
    )  # fmt: skip
    return band([_day(one) for one in days], [seen, expected])


def _percent(part: float, whole: float) -> float:
    """Return a share in per cent."""
    return round(100 * part / whole, 2)


def _day(one: DayRow) -> str:
    """Return a day as a chart writes it."""
    return (_EPOCH + dt.timedelta(days=one.day)).strftime("%m-%d")


def _rate(one: ReadingRow) -> float | None:
    """Return the rate of a series' last day."""
    return one.seen / one.n if one.n else None


def _interval(n: float, seen: float) -> str:
    """Return the interval of a rate in words."""
    low, high = wilson(round(seen), round(n))
    return f"{low:.1%} – {high:.1%}" if round(n) else "–"


def _sorted(readings: tuple[ReadingRow, ...]) -> list[ReadingRow]:
    """Return series with those that somebody wants to see first."""

    def place(one: ReadingRow) -> tuple[int, str, str, str]:
        """Return where a series stands."""
        urgent = _URGENT.index(one.verdict) if one.verdict in _URGENT else len(_URGENT)
        kind = "" if one.kind == "channel" else one.kind
        return urgent, kind, one.channel, one.campaign

    return sorted(readings, key=place)


def _telling(readings: tuple[ReadingRow, ...]) -> list[ReadingRow]:
    """Return the channels, and of the campaigns those that are not as usual."""
    usual = {"ok", "unknown"}
    return [one for one in _sorted(readings)
            if one.kind != "campaign" or one.verdict not in usual]  # fmt: skip


def _looked(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says; raises BadInput."""
    found = parse_guard(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    try:
        hints = how_long(world, brand_id, found)
    except (Unavailable, EngineFailed):
        return {"document": found, "hints": [], "is_away": True}
    return {"document": found, "hints": hints, "is_away": False}


_EDITOR: Final = PlanEditor(KIND, "/guard", _SECTION, _FIRST, _looked, "partials/guard_looked.html")
