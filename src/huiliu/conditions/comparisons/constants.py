"""Which constants a document may compare with: each parser notes its problems."""

from __future__ import annotations

import datetime as dt
import math

import re2

from huiliu.conditions.comparisons.comparison import Constant, Scalar
from huiliu.conditions.reading import Reading, length_of
from huiliu.conditions.values import as_moment, as_number
from huiliu.kernel.documents import join_path
from huiliu.kernel.times import DAY, as_duration

__all__ = [
    "days",
    "ends",
    "length",
    "moment",
    "ordered",
    "pattern",
    "scalar",
    "scalars",
    "whole",
    "words",
    "yes",
]

_MOST = 1_000_000_000
_YEAR_DAYS = 365


def scalar(raw: object, path: str, reading: Reading) -> Scalar | None:
    """Return a text, number or flag; a YAML date is the text it was written as."""
    if isinstance(raw, dt.date):
        return raw.isoformat()
    if isinstance(raw, bool | str):
        return raw
    if isinstance(raw, int | float):
        if math.isfinite(as_number(raw) or 0):
            return raw
        reading.fault(path, "number_too_large")
        return None
    reading.fault(path, "want_scalar")
    return None


def scalars(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a list of at least one text, number or flag."""
    if not isinstance(raw, list | tuple) or not raw:
        reading.fault(path, "want_list")
        return None
    found = [scalar(one, join_path(path, at), reading) for at, one in enumerate(raw)]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(raw) else None


def ordered(raw: object, path: str, reading: Reading) -> Scalar | None:
    """Return what has an order: a number, or a date or time in ISO 8601."""
    if isinstance(raw, bool):
        reading.fault(path, "want_ordered")
        return None
    found = raw.isoformat() if isinstance(raw, dt.date) else raw
    if isinstance(found, str) and as_moment(found) is None:
        reading.fault(path, "want_ordered")
        return None
    return scalar(found, path, reading)


def ends(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return two numbers or two moments, the first not above the second."""
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        reading.fault(path, "want_ends")
        return None
    low, high = (ordered(one, join_path(path, at), reading) for at, one in enumerate(raw))
    if low is None or high is None:
        return None
    known = [as_moment(one) if isinstance(one, str) else as_number(one) for one in (low, high)]
    if isinstance(low, str) != isinstance(high, str) or known[0] > known[1]:  # type: ignore[operator]
        reading.fault(path, "want_ends")
        return None
    return (low, high)


def moment(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a date or time in ISO 8601, as it was written."""
    found = raw.isoformat() if isinstance(raw, dt.date) else raw
    if not isinstance(found, str) or as_moment(found) is None:
        reading.fault(path, "want_moment")
        return None
    return found


def length(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a length of time in microseconds, a hundred years at most."""
    return length_of(raw, path, reading) or None


def whole(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a whole number of things."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= _MOST:
        reading.fault(path, "want_count")
        return None
    return raw


def days(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a whole number of days, a year at most; `7d` is one, too."""
    given = as_duration(raw) if isinstance(raw, str) else None
    found = given // DAY if given is not None and given % DAY == 0 else raw
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= _YEAR_DAYS:
        reading.fault(path, "want_days")
        return None
    return found


def words(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a text of at least one character."""
    if not isinstance(raw, str) or not raw:
        reading.fault(path, "want_text")
        return None
    return raw


def pattern(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return a regular expression that RE2 can compile."""
    if words(raw, path, reading) is None:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(raw, options)
    except re2.error as fault:
        reason = fault.args[0] if fault.args else ""
        shown = reason.decode() if isinstance(reason, bytes) else str(reason)
        reading.fault(path, "bad_pattern", reason=shown)
        return None
    return str(raw)


def yes(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return true: `set` and `not_set` take nothing else."""
    if raw is not True:
        reading.fault(path, "want_true")
        return None
    return True
