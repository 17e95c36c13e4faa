"""The Ibis reader of moments in text: the arithmetic of `values.as_moment` as an expression."""

from __future__ import annotations

import ibis

from huiliu.conditions.values import MOMENT
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND

__all__ = ["moment_of"]

_DAY_SECONDS = DAY // SECOND


def moment_of(text: ibis.Value) -> ibis.Value:
    """Return the microseconds since 1970 that a text column names, null where it is no moment."""
    day = text.substr(0, 10).try_cast("date")
    days = (day.cast("timestamp").epoch_seconds() / _DAY_SECONDS).floor().cast("int64")
    wall = (
        days * ibis.literal(int(DAY), type="int64")
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
