"""`until` of a wait: a date that is written, known of the person or carried, and a local time."""

from __future__ import annotations

import datetime as dt
import re
from calendar import isleap
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.conditions.values import as_moment
from huiliu.journeys.nodes.base import Passage
from huiliu.journeys.nodes.givens import Given, read_given
from huiliu.journeys.reading import PERSON, WEEKDAYS, Fields
from huiliu.journeys.schedules import Clocks
from huiliu.kernel.calendar import zone_or
from huiliu.kernel.facts import Value
from huiliu.kernel.times import (
    DAY,
    as_duration,
    as_instant,
    local_datetime,
    next_local_time,
    show_duration,
)

__all__ = ["FORM", "Moment", "read_moment", "zone_of"]

_PLACES: Final = ("entry", "trait", "tag", "carried")
_FIELDS: Final = (*_PLACES, "date", "offset", "at", "on", "zone", "yearly")
_MONTH_DAY: Final = re.compile(r"(?:--|\d{4}-)?(\d{2})-(\d{2})(?:[T ].*)?")
_DAY_LENGTH: Final = len("2026-11-22")

#: How a builder asks for it.
FORM: Final = (
    Field("entry", "property", instead_of=("trait", "tag", "carried", "date")),
    Field("trait", "trait", instead_of=("entry", "tag", "carried", "date")),
    Field("tag", "tag", instead_of=("entry", "trait", "carried", "date")),
    Field("carried", "text", instead_of=("entry", "trait", "tag", "date")),
    Field("date", "local_moment", instead_of=("entry", "trait", "tag", "carried")),
    Field("offset", "text", start="-1d"),
    Field("at", "clock", start="10:00"),
    Field("on", "weekdays"),
    Field("zone", "zone"),
    Field("yearly", "true", start=True),
)


def zone_of(passage: Passage, clocks: Clocks) -> str:
    """Return whose clocks are meant, for the person of a run."""
    return clocks.zone(zone_or(passage.facts.traits.get("zone"), clocks.brand))


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, moved by an offset, at a local time."""

    #: Where the date is found; None = from now on.
    date: Given | None
    #: Microseconds; with `at`, whole days of the calendar.
    offset: int
    #: None = the date's own time.
    at: dt.time | None
    #: Only on these days of the week; none = on any.
    on: tuple[str, ...]
    #: The day of the year, whichever year the date names.
    yearly: bool
    clocks: Clocks

    @property
    def takes_time(self) -> bool:
        """Say whether a run always rests: only where the next such time is meant."""
        return self.date is None

    @property
    def asks(self) -> bool:
        """Say whether it needs facts: a date of the person, or where they live."""
        return (self.date is not None and self.date.asks) or self.clocks.written == PERSON

    @property
    def mentions(self) -> Mentions:
        """Return which facts it asks for."""
        found = self.date.mentions if self.date is not None else Mentions()
        zone = {"zone"} if self.clocks.written == PERSON else set()
        return found | Mentions(traits=frozenset(zone))

    def end(self, passage: Passage) -> int | None:
        """Return the instant; None where there is no date or it has passed."""
        zone = zone_of(passage, self.clocks)
        if self.date is None:
            at = self.at or dt.time()
            return self._on_day(next_local_time(passage.now + 1, zone, at), zone)
        found = self._instant(self.date.of(passage), zone, passage.now)
        return None if found is None or found < passage.now else found

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {}
        if self.date is not None:
            found = self.date.tree()
            tree = dict(found) if isinstance(found, dict) else {"date": found}
        if self.offset:
            sign = "-" if self.offset < 0 else ""
            tree["offset"] = sign + show_duration(abs(self.offset))
        if self.at is not None:
            tree["at"] = f"{self.at:%H:%M}"
        if self.on:
            tree["on"] = list(self.on)
        if self.yearly:
            tree["yearly"] = True
        return {"until": tree | self.clocks.tree()}

    def _instant(self, value: Value, zone: str, now: int) -> int | None:
        """Return the instant of a date that was found."""
        if self.yearly:
            return self._next_year(value, zone, now)
        found = _read(value, zone)
        if found is None:
            return None
        if self.at is None:
            return self._on_day(found + self.offset, zone)
        day = local_datetime(found, zone).date() + dt.timedelta(days=self.offset // DAY)
        return self._on_day(self._wall(day, zone), zone)

    def _next_year(self, value: Value, zone: str, now: int) -> int | None:
        """Return the next time that the day of the year comes round."""
        parts = _MONTH_DAY.fullmatch(value) if isinstance(value, str) else None
        if parts is None:
            return None
        month, day = int(parts[1]), int(parts[2])
        this_year = local_datetime(now, zone).year
        shift = dt.timedelta(days=self.offset // DAY)
        for year in range(this_year - 1, this_year + 3):
            kept = 28 if (month, day) == (2, 29) and not isleap(year) else day
            try:
                found = self._wall(dt.date(year, month, kept) + shift, zone)
            except ValueError:
                return None
            if found >= now:
                return self._on_day(found, zone)
        return None

    def _wall(self, day: dt.date, zone: str) -> int:
        """Return the instant of a day at the local time."""
        wall = dt.datetime.combine(day, self.at or dt.time())
        found = as_instant(wall.isoformat(), zone)
        assert found is not None, "a wall time of the calendar is some instant"
        return found

    def _on_day(self, instant: int, zone: str) -> int:
        """Return the instant, or the same local time on the next day of the week that is meant."""
        if not self.on:
            return instant
        here = local_datetime(instant, zone)
        for ahead in range(7):
            day = here.date() + dt.timedelta(days=ahead)
            if WEEKDAYS[day.weekday()] in self.on:
                if not ahead:
                    return instant
                wall = dt.datetime.combine(day, here.time())
                found = as_instant(wall.isoformat(), zone)
                assert found is not None, "as above"
                return found
        raise AssertionError("every day of the week comes within a week")


def _read(value: Value, zone: str) -> int | None:
    """Return the instant of a value; a day or a time without an offset is one of the zone."""
    if not isinstance(value, str):
        return None
    return as_instant(value, zone) if as_moment(value) is not None else None


def read_moment(fields: Fields) -> Moment:
    """Return what the field `until` says; what is wrong is noted."""
    inner = fields.inner("until", _FIELDS)
    found = [name for name in (*_PLACES, "date") if inner.has(name)]
    if len(found) > 1:
        inner.reading.wrong(inner.path, "journeys.want_one_of", known=", ".join((*_PLACES, "date")))
    date: Given | None = None
    if found[:1] == ["date"]:
        written = inner.word("date")
        if as_moment(written) is None:
            inner.wrong("date", "journeys.want_local_moment", name="date")
        date = Given("", value=written)
    elif found:
        date = read_given(
            Fields(fields.reading, fields.path, {"until": {found[0]: inner.values[found[0]]}}),
            "until", _PLACES,
        )  # fmt: skip
    at = inner.clock("at") if inner.has("at") else None
    offset = _offset(inner)
    yearly = inner.flag("yearly")
    if date is None and at is None:
        inner.reading.wrong(inner.path, "journeys.until_when", known=", ".join((*_PLACES, "date")))
    if date is None and (offset or yearly):
        inner.reading.wrong(inner.path, "journeys.offset_without_date")
    if (at is not None or yearly) and offset % DAY:
        inner.wrong("offset", "journeys.want_days", name="offset")
    return Moment(date, offset, at, inner.weekdays("on"), yearly, Clocks.read(inner))


def _offset(fields: Fields) -> int:
    """Return a duration with a sign."""
    written = fields.values.get("offset")
    if written is None:
        return 0
    length = as_duration(written.lstrip("+-")) if isinstance(written, str) else None
    if length is None or not isinstance(written, str):
        fields.wrong("offset", "journeys.want_offset", name="offset")
        return 0
    return -length if written.startswith("-") else length
