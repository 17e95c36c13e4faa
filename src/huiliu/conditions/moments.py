"""The Ibis reader of moments in text: the arithmetic of `values.as_moment` as an expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis

from huiliu.conditions.cells import MomentCell
from huiliu.conditions.population import Cell, moment_literal
from huiliu.conditions.values import MOMENT
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND

__all__ = ["Moments", "is_moment", "moment_in", "moment_of", "stamp_of"]

_DAY_SECONDS = DAY // SECOND
_DAY_LENGTH = len("2026-11-22")


@dataclass(frozen=True, eq=False, slots=True)
class Moments:
    """A column of instants, as microseconds or as timestamps, and what can be asked of either."""

    #: Null where there is none.
    column: ibis.Value
    #: Returns an instant that can be compared with the column.
    at: Callable[[int], ibis.Value]
    #: Returns the column's instants, so many microseconds later, as timestamps.
    later: Callable[[int], ibis.Value]


def moment_in(cell: Cell) -> Moments:
    """Return the instants that a cell says."""
    if isinstance(cell, MomentCell):
        stamps = cell.column()
        return Moments(
            stamps, moment_literal, lambda micros: stamps + ibis.interval(microseconds=micros)
        )
    numbers = moment_of(cell.text())
    return Moments(
        numbers,
        lambda instant: ibis.literal(int(instant), type="int64"),
        lambda micros: stamp_of(numbers + ibis.literal(int(micros), type="int64")),
    )


def stamp_of(micros: ibis.Value) -> ibis.Value:
    """Return the timestamps of microseconds since 1970."""
    return moment_literal(0) + micros.as_interval("us")


def moment_of(text: ibis.Value) -> ibis.Value:
    """Return the microseconds since 1970 that a text column names, null where it is no moment."""
    day = text.substr(0, 10).try_cast("date")
    days = (day.cast("timestamp").epoch_seconds() / _DAY_SECONDS).floor().cast("int64")
    midnight = days * ibis.literal(int(DAY), type="int64")
    # Most moments in traits are days: they need no pattern, only to be written as days are.
    only_day = ibis.ifelse(day.cast("string") == text, midnight, ibis.null("int64"))
    return ibis.ifelse(text.length() == _DAY_LENGTH, only_day, _with_time(text, day, midnight))


def is_moment(text: ibis.Value) -> ibis.Value:
    """Return whether `moment_of` reads a moment in the text, at a part of its price."""
    day = text.substr(0, 10).try_cast("date")
    timed = text.re_search(MOMENT) & (text.substr(0, 4) != "0000") & day.notnull()
    return ibis.ifelse(text.length() == _DAY_LENGTH, day.cast("string") == text, timed)


def _with_time(text: ibis.Value, day: ibis.Value, midnight: ibis.Value) -> ibis.Value:
    """Return the microseconds of a day and time, null where it is none."""
    wall = (
        midnight
        + _digits(text.substr(11, 2)) * int(HOUR)
        + _digits(text.substr(14, 2)) * int(MINUTE)
        + _digits(text.re_extract(r"^.{16}:([0-9]{2})", 1)) * int(SECOND)
        + _digits(text.re_extract(r"\.([0-9]+)", 1).concat("000000").substr(0, 6))
    )
    zone = text.re_extract(r"[+-][0-9]{2}:[0-9]{2}$", 0)
    ahead = _digits(zone.substr(1, 2)) * int(HOUR) + _digits(zone.substr(4, 2)) * int(MINUTE)
    instant = wall - ibis.ifelse(zone.startswith("-"), -ahead, ahead)
    known = text.re_search(MOMENT) & (text.substr(0, 4) != "0000") & day.notnull()
    return ibis.ifelse(known, instant, ibis.null("int64"))


def _digits(text: ibis.Value) -> ibis.Value:
    """Return the whole number in a text, 0 where there is none."""
    return text.try_cast("int64").fill_null(0)
