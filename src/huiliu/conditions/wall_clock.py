"""Local time as plain expressions: offsets come from the time-zone data here, not from an engine.

So Python and every engine agree about every hour, whatever zone data the engine was built with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY, as_datetime, from_datetime

__all__ = ["is_zone", "local", "local_by_zone", "today"]

#: Before this the offset of this instant is taken: no shop on phones is older.
_FIRST: Final = from_datetime(dt.datetime(1995, 1, 1, tzinfo=dt.UTC))
#: How far ahead of `now` offsets are known: nothing that happened lies further.
_AHEAD: Final = 2 * DAY


def is_zone(name: str) -> bool:
    """Say whether the time-zone data knows a zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@cache
def _changes(zone: str, last_year: int) -> tuple[tuple[int, int], ...]:
    """Return (from this instant, offset in microseconds), the first from `_FIRST` on."""
    known = ZoneInfo(zone)
    past = from_datetime(dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC))
    found: list[tuple[int, int]] = [(_FIRST, _offset(known, _FIRST))]
    for at in range(_FIRST + DAY, past, DAY):
        offset = _offset(known, at)
        if offset != found[-1][1]:
            found.append((_edge(known, at - DAY, at), offset))
    return tuple(found)


def _edge(zone: ZoneInfo, low: int, high: int) -> int:
    """Return the first instant after `low` with the offset that holds at `high`."""
    wanted = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == wanted:
            high = middle
        else:
            low = middle
    return high


def _offset(zone: ZoneInfo, at: int) -> int:
    """Return how many microseconds the zone is ahead of UTC."""
    ahead = as_datetime(at).astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead // dt.timedelta(microseconds=1)


def _shifted(at: ibis.Value, offset: int) -> ibis.Value:
    """Return a timestamp moved by an offset."""
    seconds = offset // 1_000_000
    return at + ibis.interval(seconds=seconds) if seconds else at


def local(at: ibis.Value, zone: str, now: int) -> ibis.Value:
    """Return the wall-clock time in a zone of a UTC timestamp that does not lie after `now`."""
    changes = _changes(zone, as_datetime(now + _AHEAD).year)
    if len(changes) == 1:
        return _shifted(at, changes[0][1])
    ends = pairwise(changes)
    cases = [(at < moment_literal(past), _shifted(at, offset)) for (_, offset), (past, _) in ends]
    return ibis.cases(*cases, else_=_shifted(at, changes[-1][1]))


def local_by_zone(
    at: ibis.Value, zone: ibis.Value, zones: Sequence[str], default: str, now: int
) -> ibis.Value:
    """Return the wall-clock time in each row's own zone; unknown ones mean the default.

    Args:
        at: a UTC timestamp.
        zone: the name of each row's zone, or null.
        zones: every name that may occur.
        default: the zone of rows without one.
        now: nothing lies after it.
    """
    # Zones that agree over all of the time share a branch.
    alike: dict[tuple[tuple[int, int], ...], list[str]] = {}
    year = as_datetime(now + _AHEAD).year
    for name in sorted(set(zones)):
        if is_zone(name):
            alike.setdefault(_changes(name, year), []).append(name)
    alike.pop(_changes(default, year), None)
    cases = [(zone.isin(names), local(at, names[0], now)) for names in alike.values()]
    otherwise = local(at, default, now)
    return ibis.cases(*cases, else_=otherwise) if cases else otherwise


def today(zone: str, now: int) -> dt.date:
    """Return the date in a zone."""
    return as_datetime(now).astimezone(ZoneInfo(zone)).date()
