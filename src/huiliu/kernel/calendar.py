"""Days, weeks, months, quarters and years where people live: half-open spans between midnights.

A day begins at its first instant: a midnight inside a DST gap is the gap's end, one that comes
twice is the first. Weeks begin on Monday.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from huiliu.kernel.times import MINUTE, Instant, as_instant, local_datetime

__all__ = ["PERIODS", "Period", "is_zone", "local_day", "midnight", "period", "periods", "zone_or"]

#: Names in the folders of zones that are no place's time.
_NO_ZONES = frozenset({"localtime", "Factory", "posixrules"})


class Period(NamedTuple):
    """A calendar window as it stands now: from an instant on, before another."""

    since: int
    before: int
    #: When the window moves on: the end of the day, week, ... that is now.
    ends: int


def _day(day: dt.date, step: int) -> dt.date:
    """Return the day that lies so many days later."""
    return day + dt.timedelta(days=step)


def _week(day: dt.date, step: int) -> dt.date:
    """Return the first day of the week that lies so many weeks after the day's."""
    return day + dt.timedelta(days=7 * step - day.weekday())


def _months(day: dt.date, months: int, step: int) -> dt.date:
    """Return the first day of the unit of so many months, `step` units after the day's."""
    number = (day.year * 12 + day.month - 1) // months * months + step * months
    return dt.date(number // 12, number % 12 + 1, 1)


def _month(day: dt.date, step: int) -> dt.date:
    """Return the first day of the month that lies so many months after the day's."""
    return _months(day, 1, step)


def _quarter(day: dt.date, step: int) -> dt.date:
    """Return the first day of the quarter that lies so many quarters after the day's."""
    return _months(day, 3, step)


def _year(day: dt.date, step: int) -> dt.date:
    """Return the first day of the year that lies so many years after the day's."""
    return _months(day, 12, step)


_UNITS: Final[Mapping[str, tuple[Callable[[dt.date, int], dt.date], int]]] = MappingProxyType({
    "today": (_day, 0), "yesterday": (_day, -1),
    "this_week": (_week, 0), "last_week": (_week, -1),
    "this_month": (_month, 0), "last_month": (_month, -1),
    "this_quarter": (_quarter, 0), "last_quarter": (_quarter, -1),
    "this_year": (_year, 0), "last_year": (_year, -1),
})  # fmt: skip

#: The words for calendar windows -> days that surely hold such a window up to now.
PERIODS: Final[Mapping[str, int]] = MappingProxyType({
    "today": 2, "yesterday": 3, "this_week": 9, "last_week": 16, "this_month": 33,
    "last_month": 64, "this_quarter": 94, "last_quarter": 186, "this_year": 368, "last_year": 734,
})  # fmt: skip


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones; the zone data is part of the program, as its texts are."""
    return frozenset(zoneinfo.available_timezones() - _NO_ZONES)


def zones() -> frozenset[str]:
    """Return the names of all zones in which people may live."""
    return _zones()


def is_zone(name: object) -> bool:
    """Say whether this is the name of an IANA zone, letter for letter."""
    return isinstance(name, str) and name in _zones()


def zone_or(name: object, default: str) -> str:
    """Return a zone's name, or the default where it is none."""
    return name if isinstance(name, str) and name in _zones() else default


@lru_cache(maxsize=65_536)
def midnight(day: dt.date, zone: str) -> Instant:
    """Return the first instant of a day in a zone."""
    found = as_instant(day.isoformat(), zone)
    assert found is not None, "a day of the calendar begins somewhere"
    return found


@lru_cache(maxsize=4096)
def local_day(now: int, zone: str) -> dt.date:
    """Return the day between whose midnights an instant lies.

    Clocks that are set back over midnight show the old day once more; it is the new one still.
    """
    day = local_datetime(now, zone).date()
    return _day(day, 1) if midnight(_day(day, 1), zone) <= now else day


@lru_cache(maxsize=4096)
def period(word: str, now: int, zone: str) -> Period:
    """Return what one of `PERIODS` is at an instant in a zone."""
    unit, step = _UNITS[word]
    day = local_day(now, zone)
    return Period(
        midnight(unit(day, step), zone),
        midnight(unit(day, step + 1), zone),
        midnight(unit(day, 1), zone),
    )


@lru_cache(maxsize=64)
def _periods_at(word: str, now: int) -> Mapping[str, Period]:
    """Return what the word is in every zone at an instant."""
    return MappingProxyType({zone: period.__wrapped__(word, now, zone) for zone in _zones()})


def periods(word: str, now: int) -> Mapping[str, Period]:
    """Return what one of `PERIODS` is in every zone at an instant."""
    # A live count asks again every second: what was found a moment ago stands where it has not
    # ended since.
    known = _periods_at(word, now - now % (15 * MINUTE))
    moved = {zone: period(word, now, zone) for zone, one in known.items() if one.ends <= now}
    return {**known, **moved} if moved else known
