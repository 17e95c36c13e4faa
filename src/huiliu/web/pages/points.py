"""Points: what is out and what it will cost, where they come from and go, and every entry."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, from_datetime
from huiliu.ports.points import EntryFilter
from huiliu.reports.charts import flow
from huiliu.rewards.points import Kind
from huiliu.services.book_points import PointsAsked, book_points
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_tiers import membership
from huiliu.services.points_balance import balance
from huiliu.services.points_board import DAYS, PointsBoard, points_board
from huiliu.web.doors import Visit
from huiliu.web.i18n import has_text, translate
from huiliu.web.paging import message_mark, read_message
from huiliu.web.points_words import measured_words, shown_points
from huiliu.web.rendering import channel_name, go, page

__all__ = ["adjust_one", "show_board", "show_ledger", "show_person"]

_PAGE: Final = 50
_LONGEST: Final = 200
#: Fields of an adjustment.
_FORM: Final = ("person", "amount", "why", "key")
_KINDS: Final = tuple(one.value for one in Kind)


def show_board(visit: Visit) -> Response:
    """Show what is out, what it will cost, and the flow from channel to channel."""
    days = next((one for one in DAYS if str(one) == visit.ask("days")), DAYS[0])
    board = points_board(visit.world, visit.brand_id, days)
    return page(
        visit, "pages/points.html", section="points", board=board, spans=DAYS,
        chart=_chart(visit.locale, board), points=shown_points,
    )  # fmt: skip


def show_ledger(visit: Visit) -> Response:
    """Show entries of the ledger, newest first, as they were asked for."""
    return _ledger(visit, dict.fromkeys(_FORM, ""), ())


def adjust_one(visit: Visit) -> Response:
    """Give or take points by hand, with a reason."""
    form = {name: visit.form.get(name, "").strip() for name in _FORM}
    problems: list[Problem] = []
    profile = parse_profile_id(form["person"])
    asked = PointsAsked(
        f"console:{form['key']}", profile or 0, form["amount"], "console", form["why"],
        by=visit.me.user.email,
    )  # fmt: skip
    try:
        if profile is None:
            problems.append(Problem("", text("console.points.no_person")))
        else:
            book_points(visit.world, visit.brand_id, Kind.ADJUST, asked)
    except NotFound:
        problems.append(Problem("", text("console.points.no_person")))
    except BadInput as fault:
        problems += fault.problems
    except Refused as fault:
        problems.append(Problem("", _refused(fault.reason)))
    if problems:
        return _ledger(visit, form, tuple((one.path, one.text, one.line) for one in problems), 422)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "points_adjusted", form["person"]
    )
    return go("/points/ledger", person=form["person"], adjusted=form["amount"])


def show_person(visit: Visit) -> Response:
    """Show one person's points, level, gifts and exchanges."""
    shown = visit.path("profile")
    profile = parse_profile_id(shown)
    if profile is None:
        raise NotFound("profile", shown)
    with visit.world.store.transaction(visit.brand_id) as tx:
        ids = tx.people.histories(visit.brand_id, [profile]).get(profile) or [profile]
        has = balance(tx, visit.world, visit.brand_id, profile)
        entries = tx.points.entries(
            visit.brand_id, EntryFilter(profile_ids=ids, before=read_message(visit.ask("before"))),
            _PAGE,
        )  # fmt: skip
    last = (entries[-1].booked_at, entries[-1].entry) if len(entries) == _PAGE else None
    return page(
        visit, "pages/person_points.html", section="people", shown=shown, profile=profile, has=has,
        entries=entries, older=message_mark(last), points=shown_points,
        measured=measured_words, member=membership(visit.world, visit.brand_id, profile),
    )  # fmt: skip


def _refused(reason: str) -> Text:
    """Return why nothing was moved."""
    key = f"points.refused.{reason}"
    return Text(key) if has_text(key) else text("console.points.refused", reason=reason)


def _ledger(
    visit: Visit,
    form: dict[str, str],
    problems: tuple[tuple[str, Text, int | None], ...],
    status: int = 200,
) -> Response:
    """Show the ledger, and the form of adjustments as it was filled in."""
    names = ("person", "kind", "channel", "reason", "order_id", "since", "until")
    chosen = {name: visit.ask(name)[:_LONGEST] for name in names}
    profile = parse_profile_id(chosen["person"]) if chosen["person"] else None
    is_nobody = bool(chosen["person"]) and profile is None
    first, last_day = _day(visit, chosen["since"], 0), _day(visit, chosen["until"], 1)
    wanted = EntryFilter(
        profile_ids=(profile,) if profile else (),
        kinds=(chosen["kind"],) if chosen["kind"] in _KINDS else (),
        channel=chosen["channel"], reason=chosen["reason"], order_id=chosen["order_id"],
        since=first, until=last_day, has_refused=visit.ask("refused") == "yes",
        before=read_message(visit.ask("before")),
    )  # fmt: skip
    rows = []
    if not is_nobody:
        with visit.world.store.transaction(visit.brand_id) as tx:
            if profile:
                ids = tx.people.histories(visit.brand_id, [profile]).get(profile) or [profile]
                wanted = EntryFilter(
                    ids, wanted.kinds, wanted.channel, wanted.reason, wanted.order_id,
                    wanted.since, wanted.until, wanted.has_refused, wanted.before,
                )  # fmt: skip
            rows = tx.points.entries(visit.brand_id, wanted, _PAGE)
    last = (rows[-1].booked_at, rows[-1].entry) if len(rows) == _PAGE else None
    return page(
        visit, "pages/points_ledger.html", status, section="points", rows=rows, chosen=chosen,
        kinds=_KINDS, older=message_mark(last), points=shown_points, form=form, problems=problems,
        refused=visit.ask("refused") == "yes", adjusted=visit.ask("adjusted"),
        key=visit.nonce,
    )  # fmt: skip


def _day(visit: Visit, written: str, add: int) -> int:
    """Return when a day begins in the brand's zone; 0 where none is written."""
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        return 0
    begins = dt.datetime.combine(day, dt.time(), ZoneInfo(visit.world.zone))
    return int(from_datetime(begins)) + add * DAY


def _chart(locale: str, board: PointsBoard) -> dict[str, Any] | None:
    """Return the flow from where points were earned to where they went; None = nothing did."""
    if not board.flows:
        return None
    links: dict[tuple[str, str], float] = {}
    for one in board.flows:
        source = translate(locale, "console.points.from", channel=_channel(locale, one.source))
        if one.kind == Kind.BURN:
            target = translate(locale, "console.points.into", channel=_channel(locale, one.target))
        else:
            target = kind_word(locale, one.kind)
        links[source, target] = links.get((source, target), 0.0) + float(one.points)
    return flow(links)


def _channel(locale: str, channel: str) -> str:
    """Return what readers call a channel; one that nobody told is said so."""
    return channel_name(locale, channel) if channel else translate(locale, "console.points.nowhere")


def kind_word(locale: str, kind: str) -> str:
    """Return what readers call a kind of entry."""
    key = f"points.kind.{kind}"
    return translate(locale, key) if has_text(key) else kind
