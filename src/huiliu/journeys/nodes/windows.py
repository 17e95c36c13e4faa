"""`window` of a wait: hours of the day and days of the week, by somebody's clocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.nodes.base import Passage
from huiliu.journeys.nodes.moments import zone_of
from huiliu.journeys.reading import PERSON, WEEKDAYS, Fields
from huiliu.journeys.schedules import Clocks
from huiliu.kernel.holidays import countries, is_working_day
from huiliu.kernel.times import MINUTE, as_instant, local_datetime

__all__ = ["FORM", "Window", "read_window"]

#: How a builder asks for it.
FORM: Final = (
    Field("from", "clock", start="09:00"),
    Field("to", "clock", start="21:00"),
    Field("on", "weekdays", start=["mon", "tue", "wed", "thu", "fri"]),
    Field("workdays", "text", start="CN"),
    Field("zone", "zone"),
)

#: The longest break of working days that there is, and more.
_AHEAD: Final = 40


@dataclass(frozen=True, slots=True)
class Window:
    """Open from one local time to another, on some days."""

    begins: dt.time
    #: Midnight = the day's end; not after `begins` = on the next day.
    ends: dt.time
    #: Of the week; none = any.
    on: tuple[str, ...]
    #: Only on working days of this country; "" = on any.
    workdays: str
    clocks: Clocks

    takes_time: ClassVar[bool] = False

    @property
    def asks(self) -> bool:
        """Say whether it needs facts: where the person lives."""
        return self.clocks.written == PERSON

    @property
    def mentions(self) -> Mentions:
        """Return which facts it asks for."""
        return Mentions(traits=frozenset({"zone"} if self.asks else ()))

    def end(self, passage: Passage) -> int | None:
        """Return when the window is open next: now, if it is open now."""
        zone, now = zone_of(passage, self.clocks), passage.now
        # A window of yesterday may still be open after midnight.
        day = local_datetime(now, zone).date() - dt.timedelta(days=1)
        for _ in range(_AHEAD):
            if self._is_on(day):
                since, before = self._span(day, zone)
                if now < before:
                    return max(now, since)
            day += dt.timedelta(days=1)
        return None

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {}
        if (self.begins, self.ends) != (dt.time(), dt.time()):
            tree = {"from": f"{self.begins:%H:%M}", "to": f"{self.ends:%H:%M}"}
        if self.on:
            tree["on"] = list(self.on)
        if self.workdays:
            tree["workdays"] = self.workdays
        return {"window": tree | self.clocks.tree()}

    def _is_on(self, day: dt.date) -> bool:
        """Say whether the window opens on a day."""
        if self.on and WEEKDAYS[day.weekday()] not in self.on:
            return False
        return not self.workdays or is_working_day(self.workdays, day)

    def _span(self, day: dt.date, zone: str) -> tuple[int, int]:
        """Return when a day's window opens and closes.

        What begins inside a gap of the clocks opens at the gap's end, for a minute at least.
        """
        last = day if self.begins < self.ends else day + dt.timedelta(days=1)
        since = as_instant(dt.datetime.combine(day, self.begins).isoformat(), zone)
        before = as_instant(dt.datetime.combine(last, self.ends).isoformat(), zone)
        assert since is not None
        assert before is not None
        return since, max(before, since + MINUTE)


def read_window(fields: Fields) -> Window:
    """Return what the field `window` says; what is wrong is noted."""
    inner = fields.inner("window", ("from", "to", "on", "workdays", "zone"))
    begins = inner.clock("from", default=dt.time())
    ends = inner.clock("to", default=dt.time())
    on, workdays = inner.weekdays("on"), inner.word("workdays", default="")
    if workdays and workdays not in countries():
        inner.wrong("workdays", "journeys.unknown_country", found=workdays)
    if begins == ends and (inner.has("from") or inner.has("to")) and begins != dt.time():
        inner.wrong("to", "journeys.empty_window")
    if not (on or workdays or inner.has("from") or inner.has("to")):
        inner.reading.wrong(inner.path, "journeys.window_of_all_time")
    return Window(begins, ends, on, workdays, Clocks.read(inner))
