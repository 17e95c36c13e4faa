"""Instants are UTC microseconds, durations elapsed microseconds; zones only where people live."""

from __future__ import annotations

import datetime as dt
import re
from typing import NewType
from zoneinfo import ZoneInfo

__all__ = [
    "DAY",
    "HOUR",
    "MILLISECOND",
    "MINUTE",
    "SECOND",
    "Duration",
    "Instant",
    "as_datetime",
    "as_day",
    "as_duration",
    "as_instant",
    "from_datetime",
    "local_datetime",
    "next_local_time",
    "show_duration",
    "show_instant",
]

#: Microseconds since 1970-01-01T00:00:00Z.
Instant = NewType("Instant", int)
#: Elapsed microseconds.
Duration = NewType("Duration", int)

MILLISECOND = Duration(1_000)
SECOND = Duration(1_000_000)
MINUTE = Duration(60 * SECOND)
HOUR = Duration(60 * MINUTE)
DAY = Duration(24 * HOUR)

_UNITS = {
    "ms": MILLISECOND, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": Duration(7 * DAY),
}  # fmt: skip
_DURATION = re.compile(r"(?:\d+(?:ms|s|m|h|d|w))+")
_PART = re.compile(r"(\d+)(ms|s|m|h|d|w)")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_FIRST_YEAR = 1971
_LAST_YEAR = 2999


def from_datetime(moment: dt.datetime) -> Instant:
    """Return the instant of an aware datetime, to the microsecond."""
    return Instant((moment - _EPOCH) // _MICROSECOND)


def as_datetime(instant: int) -> dt.datetime:
    """Return the UTC datetime of an instant."""
    return _EPOCH + dt.timedelta(microseconds=instant)


def as_day(written: str) -> dt.date:
    """Return the day of an ISO text; raise ValueError where it is none, or none of our time.

    Days at the ends of the calendar have no day before or after them that could be counted.
    """
    day = dt.date.fromisoformat(written)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        message = f"{written} is not of our time"
        raise ValueError(message)
    return day


def as_instant(written: str, zone: str = "UTC") -> Instant | None:
    """Return the instant of an ISO 8601 date or time; without an offset it is in `zone`.

    Returns None when it is no date. A local time inside a DST gap is moved to the next valid
    instant; one that happens twice is the first.
    """
    try:
        moment = dt.datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = _first_valid(moment, ZoneInfo(zone))
    try:
        return from_datetime(moment)
    except OverflowError:
        return None


def show_instant(instant: int) -> str:
    """Return ISO 8601 in UTC with as many digits as are needed."""
    moment = as_datetime(instant)
    return moment.isoformat().replace("+00:00", "Z")


def as_duration(written: str) -> Duration | None:
    """Return the length of `3d`, `36h`, `1h30m`; None when it is not written so."""
    if not _DURATION.fullmatch(written):
        return None
    return Duration(sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(written)))


def show_duration(duration: int) -> str:
    """Return the shortest writing that `as_duration` reads back."""
    if duration == 0:
        return "0s"
    parts, rest = [], duration
    for unit in ("w", "d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count and not (unit == "w" and rest):
            parts.append(f"{count}{unit}")
        elif count:
            rest += count * _UNITS[unit]
    return "".join(parts)


def local_datetime(instant: int, zone: str) -> dt.datetime:
    """Return the wall-clock time of an instant in an IANA zone."""
    return as_datetime(instant).astimezone(ZoneInfo(zone))


def next_local_time(now: int, zone: str, at: dt.time) -> Instant:
    """Return the first instant at or after `now` when clocks in the zone show `at`."""
    here = local_datetime(now, zone)
    day = here.date()
    for _ in range(3):
        wall = dt.datetime.combine(day, at)
        found = from_datetime(_first_valid(wall, ZoneInfo(zone)))
        if found >= now:
            return found
        day += dt.timedelta(days=1)
    raise AssertionError("a local time comes round within two days")


def _first_valid(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the first instant that the wall time names; a gap ends at its next valid instant."""
    local = wall.replace(tzinfo=zone, fold=0)
    back = local.astimezone(dt.UTC).astimezone(zone)
    if back.replace(tzinfo=None) == wall:
        return local
    # In a gap fold=0 uses the offset before it, which lands past the gap by the wall distance;
    # the gap's end is where the offset changes.
    before = local.utcoffset()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    low = wall.replace(tzinfo=dt.UTC) - max(before, after)
    high = wall.replace(tzinfo=dt.UTC) - min(before, after)
    while high - low > _MICROSECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
