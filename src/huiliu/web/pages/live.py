"""Live sessions: which there are, booking, the curve of orders against the script, results."""

from __future__ import annotations

from collections.abc import Mapping

import segno
from starlette.responses import Response

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, Conflict, EngineFailed, Overtaken, Problem, Unavailable
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, local_datetime
from huiliu.planning.minutes import Curve
from huiliu.planning.outcomes import FIGURES
from huiliu.reports.charts import COLOURS
from huiliu.services.content_outcomes import note_live
from huiliu.services.list_actions import record_action
from huiliu.services.live_sessions import (
    build,
    list_sessions,
    publish_session,
    remove_session,
    show_curve,
    show_session,
)
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["apply", "build_booking", "curve", "note", "remove", "show", "show_code", "show_editor",
           "show_list", "show_new"]  # fmt: skip


def show_list(visit: Visit) -> Response:
    """Show every session in use: those to come first."""
    return page(
        visit, "pages/live_sessions.html", section="live", done=visit.ask("done"),
        rows=list_sessions(visit.world, visit.brand_id),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one session; its curve comes soon after."""
    return _one(visit)


def show_new(visit: Visit) -> Response:
    """Show the editor with a first draft: a session a week from now, at eight in the evening."""
    here = local_datetime(visit.world.clock.now() + 7 * DAY, visit.world.zone)
    tree = {
        "huiliu": 1, "kind": "live_session", "slug": "live-show",
        "name": {"zh-CN": "直播专场", "en": "Live show"}, "platform": "douyin",
        "starts_at": f"{here:%Y-%m-%d}T20:00", "minutes": 90, "host": "", "code": "LIVE10",
        "products": [],
        "script": [
            {"at": 0, "do": "open", "say": "欢迎，今晚的福利"},
            {"at": 10, "do": "product", "say": "第一款"},
            {"at": 80, "do": "close", "say": "最后一轮"},
        ],
        "booking": {"ask": ["sms"], "remind": ["1d", "15m"]},
    }  # fmt: skip
    return _editor(visit, "", dump(tree), 0)


def show_editor(visit: Visit) -> Response:
    """Show the editor with a session's newest version."""
    found = show_session(visit.world, visit.brand_id, visit.path("session"))
    return _editor(visit, found.session.slug, found.session.source, found.document.version)


def apply(visit: Visit) -> Response:
    """Make a session live, or say what keeps it from it."""
    slug, source = visit.form.get("slug", ""), visit.form.get("source", "")
    seen = read_number(visit.form.get("version", "")) or 0
    try:
        done = publish_session(visit.world, visit.brand_id, source, visit.me.user.email, seen)
    except BadInput as fault:
        return _editor(visit, slug, source, seen, fault.problems, 422)
    except Overtaken as fault:
        said = Problem("", text("content.overtaken"))
        return _editor(visit, slug, source, fault.versions[1], (said,), 409)
    _note_action(visit, "live_applied", done.slug)
    return go(f"/live-sessions/{done.slug}", done="applied")


def build_booking(visit: Visit) -> Response:
    """Make the booking and its reminders live, or say what is in the way."""
    slug = visit.path("session")
    try:
        build(visit.world, visit.brand_id, slug, visit.me.user.email)
    except BadInput as fault:
        return _one(visit, 422, fault.problems)
    except Conflict:
        return _one(visit, 409, (Problem("booking", text("live.not_bookable")),))
    _note_action(visit, "live_built", slug)
    return go(f"/live-sessions/{slug}", done="built")


def curve(visit: Visit) -> Response:
    """Show the orders by minute, against the script."""
    slug = visit.path("session")
    try:
        found = show_curve(visit.world, visit.brand_id, slug)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/live_curve.html", is_away=True, found=None)
    session = show_session(visit.world, visit.brand_id, slug).session
    return page(
        visit, "partials/live_curve.html", is_away=False, found=found, session=session,
        chart=_chart(visit, found), money=_money,
    )  # fmt: skip


def show_code(visit: Visit) -> Response:
    """Draw a session's link as a QR code."""
    found = show_session(visit.world, visit.brand_id, visit.path("session"))
    drawn = segno.make(found.url, error="m").svg_inline(
        scale=6, border=4, dark="#111", light="#fff"
    )
    written = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(written, media_type="image/svg+xml")


def note(visit: Visit) -> Response:
    """Write down what a session brought, as its platform shows it."""
    slug = visit.path("session")
    given = {name: visit.form.get(name, "") for name in (*FIGURES, "revenue", "currency")}
    try:
        note_live(
            visit.world, visit.brand_id, slug, given, day=visit.form.get("day", "").strip(),
            source="form", by=f"user:{visit.me.user.user_id}",
        )  # fmt: skip
    except BadInput as fault:
        figures = {**given, "day": visit.form.get("day", "")}
        return _one(visit, 422, fault.problems, figures)
    _note_action(visit, "live_measured", slug)
    return go(f"/live-sessions/{slug}", done="measured")


def remove(visit: Visit) -> Response:
    """Take a session out of use."""
    slug = visit.path("session")
    remove_session(visit.world, visit.brand_id, slug)
    _note_action(visit, "live_removed", slug)
    return go("/live-sessions", done="removed")


def _one(
    visit: Visit,
    status: int = 200,
    problems: tuple[Problem, ...] = (),
    figures: Mapping[str, str] | None = None,
) -> Response:
    """Show one session, with figures that were typed and could not be kept."""
    found = show_session(visit.world, visit.brand_id, visit.path("session"))
    return page(
        visit, "pages/live_session.html", status, section="live", found=found,
        session=found.session, figures=FIGURES, done=visit.ask("done"), money=_money,
        problems=[(one.path, one.text, one.line) for one in problems], typed_figures=figures,
    )  # fmt: skip


def _editor(
    visit: Visit,
    slug: str,
    source: str,
    version: int,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    """Show the editor."""
    return page(
        visit, "pages/live_edit.html", status, section="live", slug=slug, source=source,
        version=version, problems=[(one.path, one.text, one.line) for one in problems],
    )  # fmt: skip


def _chart(visit: Visit, found: Curve) -> dict[str, object]:
    """Return the chart: orders by minute as columns, lines of the script as marks."""
    words = [translate(visit.locale, f"live.curve.{word}") for word in ("orders", "with_code")]
    marks = [
        {"xAxis": one.cue.at, "name": one.cue.product or one.cue.say[:12] or one.cue.do}
        for one in found.cues
    ]
    return {
        "color": list(COLOURS),
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 14, "top": 42, "bottom": 4, "containLabel": True},
        "legend": {"right": 4, "top": 0, "icon": "roundRect", "itemWidth": 12, "itemHeight": 8},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "category", "data": [str(one.at) for one in found.minutes]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": words[0], "type": "bar", "data": [one.n_orders for one in found.minutes],
                "markLine": {"symbol": "none", "label": {"show": False}, "data": marks,
                             "lineStyle": {"type": "dashed", "opacity": 0.6}},
            },
            {
                "name": words[1], "type": "line", "showSymbol": False,
                "data": [one.n_with_code for one in found.minutes],
            },
        ],
    }  # fmt: skip


def _money(minor: int, currency: str) -> str:
    """Return an amount as it is read."""
    return f"{Money(minor, currency).major:,} {currency}" if currency else "–"


def _note_action(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
