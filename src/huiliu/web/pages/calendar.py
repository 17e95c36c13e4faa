"""The calendar: campaigns and journeys that begin by themselves, and the festivals around them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from huiliu.kernel.festivals import FESTIVALS, festival_days
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.services.calendar import CalendarLine, list_calendar
from huiliu.services.list_actions import record_action
from huiliu.services.move_campaign import move_campaign
from huiliu.web.doors import Visit
from huiliu.web.i18n import has_text, translate
from huiliu.web.rendering import go, page

__all__ = ["move", "show"]

_VIEWS: Final = ("month", "week", "list")
#: Days that the list shows from its first on.
_LISTED: Final = 60
_FIRST: Final = dt.date(2000, 1, 1)
_LAST: Final = dt.date(2098, 12, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    day: dt.date
    is_other: bool
    is_today: bool
    #: By name in the reader's language.
    festivals: Sequence[str]
    lines: Sequence[CalendarLine]


def show(visit: Visit) -> Response:
    """Show a month, a week or a list of the weeks to come."""
    view = visit.ask("view") if visit.ask("view") in _VIEWS else "month"
    today = local_datetime(visit.world.clock.now(), visit.world.zone).date()
    chosen = _day(visit.ask("day"), today)
    first, n_days = _span(view, chosen)
    before, after = _around(view, chosen)
    lines = _lines(visit, first, n_days)
    days = [
        Day(
            day, view == "month" and day.month != chosen.month, day == today,
            _festivals(visit.locale, day), lines.get(day, ()),
        )
        for day in (first + dt.timedelta(days=nth) for nth in range(n_days))
    ]  # fmt: skip
    return page(
        visit, "pages/calendar.html", section="calendar", view=view, days=days, chosen=chosen,
        weeks=[days[nth : nth + 7] for nth in range(0, n_days, 7)], before=before, after=after,
        today=today,
    )  # fmt: skip


def move(visit: Visit) -> Response:
    """Move a one-off campaign to another time; the calendar or its own page sent it."""
    slug, once = visit.path("slug"), visit.form.get("once", "")
    made = move_campaign(visit.world, visit.brand_id, slug, once, visit.me.user.email)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "campaign_moved", made.slug)
    back = visit.form.get("back", "")
    return go("/calendar", view="month", day=back) if back else go(f"/campaigns/{slug}")


def _lines(visit: Visit, first: dt.date, n_days: int) -> Mapping[dt.date, Sequence[CalendarLine]]:
    """Return what begins on each day, by local time."""
    zone = visit.world.zone
    begin = as_instant(first.isoformat(), zone) or 0
    past = as_instant((first + dt.timedelta(days=n_days)).isoformat(), zone) or 0
    found: dict[dt.date, list[CalendarLine]] = defaultdict(list)
    for line in list_calendar(visit.world, visit.brand_id, begin, past):
        found[dt.date.fromisoformat(line.local[:10])].append(line)
    return found


def _day(written: str, today: dt.date) -> dt.date:
    """Return the day that an address names, or today."""
    try:
        found = dt.date.fromisoformat(written)
    except ValueError:
        return today
    return min(max(found, _FIRST), _LAST)


def _span(view: str, day: dt.date) -> tuple[dt.date, int]:
    """Return the first day that a view shows, and how many; weeks begin on Monday."""
    if view == "list":
        return day, _LISTED
    if view == "week":
        return day - dt.timedelta(days=day.weekday()), 7
    first = day.replace(day=1)
    begin = first - dt.timedelta(days=first.weekday())
    last = (first + dt.timedelta(days=32)).replace(day=1)
    return begin, -(-(last - begin).days // 7) * 7


def _around(view: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """Return where the view before and the one after begin."""
    if view == "month":
        first = day.replace(day=1)
        return (first - dt.timedelta(days=1)).replace(day=1), (
            first + dt.timedelta(days=32)
        ).replace(day=1)
    step = dt.timedelta(days=7 if view == "week" else _LISTED)
    return day - step, day + step


def _festivals(locale: str, day: dt.date) -> Sequence[str]:
    """Return the festivals of a day by name."""
    keys = [f"festivals.{name}" for name in FESTIVALS if day in festival_days(name, day.year)]
    return [translate(locale, key) for key in keys if has_text(key)]
