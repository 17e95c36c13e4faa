"""Which constants a document may compare with: each parser notes its problems."""

from __future__ import annotations

import datetime as dt
import math

import re2

from huiliu.conditions.comparisons.comparison import Constant, Scalar
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import as_moment, as_number
from huiliu.kernel.documents import join_path

__all__ = ["ordered", "pattern", "scalar", "scalars", "words", "yes"]


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


def ordered(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return what has an order: a number, or a date or time in ISO 8601."""
    if isinstance(raw, bool):
        reading.fault(path, "want_ordered")
        return None
    found = raw.isoformat() if isinstance(raw, dt.date) else raw
    if isinstance(found, str) and as_moment(found) is None:
        reading.fault(path, "want_ordered")
        return None
    return scalar(found, path, reading)


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
