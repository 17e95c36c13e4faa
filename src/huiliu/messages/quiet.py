"""Quiet hours: who, where, on which channel and in which class is not to be written to now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.kernel.calendar import local_day, midnight
from huiliu.kernel.holidays import is_holiday
from huiliu.kernel.times import DAY, Instant, local_datetime, next_local_time

__all__ = ["MARKETING", "QuietHours", "Where", "applying", "is_ever_open", "quiet_until"]

#: The classes that quiet hours hold unless they say otherwise.
MARKETING: Final = frozenset({"marketing"})
#: So often the end of one quiet time is looked at again: it may lie in the next one.
_MOST_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A time of the day, or whole days, in which messages wait."""

    #: From this wall-clock time ...
    start: dt.time
    #: ... until this one; the same time twice = no hours, only days.
    end: dt.time
    #: ISO 3166 codes, `US-FL` for a state; empty = everywhere.
    countries: frozenset[str] = frozenset()
    #: Empty = every channel.
    channels: frozenset[str] = frozenset()
    classes: frozenset[str] = MARKETING
    #: Days of the week that are quiet from midnight to midnight, 0 = Monday.
    days: frozenset[int] = frozenset()
    #: Whether the public holidays of the person's country are quiet, too.
    holidays: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Where a person is, as far as quiet hours ask: clocks, and the law that applies."""

    #: IANA zones; where there are several, it must be no quiet time in any of them.
    zones: tuple[str, ...]
    #: Codes of the country and of its state: `US`, `US-FL`; () = nobody knows.
    places: tuple[str, ...] = ()


def applying(
    hours: Iterable[QuietHours], channel: str, message_class: str, places: Sequence[str]
) -> list[QuietHours]:
    """Return those that concern a message to somebody who is there."""
    return [
        one
        for one in hours
        if message_class in one.classes
        and (not one.channels or channel in one.channels)
        and (not one.countries or any(place in one.countries for place in places))
    ]


def quiet_until(hours: Sequence[QuietHours], where: Where, now: int) -> Instant | None:
    """Return when all quiet times have ended, or None when none is in force now.

    The end is the first instant at which it is no quiet time by any rule on any clock: where one
    ends in another, the other's end is looked at.
    """
    country = next((place for place in where.places if "-" not in place), "")
    at = now
    for _ in range(_MOST_STEPS):
        ends = [
            until
            for one in hours
            for zone in where.zones
            if (until := _ends(one, zone, country, at)) is not None
        ]
        if not ends:
            return Instant(at) if at > now else None
        at = max(ends)
    return Instant(at)


def _ends(one: QuietHours, zone: str, country: str, at: int) -> Instant | None:
    """Return when a quiet time that is in force on a clock ends; None = it is not in force.

    A time that a DST change skips is the next valid one, one that comes twice is the first.
    """
    if one.days or one.holidays:
        day = local_day(at, zone)
        if day.weekday() in one.days or (one.holidays and is_holiday(country, day)):
            return midnight(day + dt.timedelta(days=1), zone)
    start, end = one.start, one.end
    if start == end:
        return None
    here = _clock(at, zone)
    is_quiet = start <= here < end if start < end else here >= start or here < end
    if not is_quiet:
        return None
    until = next_local_time(at, zone, end)
    # When the clocks go back over the end, "the first 08:00" has passed while 07:30 is shown again.
    return until if until > at else None


@lru_cache(maxsize=8192)
def _clock(at: int, zone: str) -> dt.time:
    """Return what the clocks of a zone show; a batch asks for the same few again and again."""
    return local_datetime(at, zone).time()


def is_ever_open(hours: Sequence[QuietHours], where: Where, now: int) -> bool:
    """Say whether a message that waits is let go within two weeks."""
    until = quiet_until(hours, where, now)
    return until is None or until - now <= 14 * DAY
