"""How a JSON value of any type is read as text, number, flag or moment; missing reads as None.

Every comparison asks for one of these readings, here in Python and in `compile.Cell` for an
engine, so a value of another type than the one asked for is simply missing to it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Final

import re2

from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND, Instant

__all__ = ["MOMENT", "as_flag", "as_moment", "as_number", "as_text", "dig", "is_set"]

#: Which texts are moments: an ISO 8601 date, or date and time; without an offset it is UTC.
#: RE2 syntax, so that Python and every engine read the same texts as moments.
MOMENT: Final = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])"
    r"(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?$"
)
_MOMENT = re2.compile(MOMENT)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


def dig(values: Mapping[str, Value], path: tuple[str, ...]) -> Value:
    """Return what stands at a path of keys, or None; a list has no keys."""
    found = values.get(path[0])
    if len(path) == 1:
        return found
    for key in path[1:]:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def is_set(value: Value) -> bool:
    """Say whether there is a value: null is none, an empty text is one."""
    return value is not None


def as_text(value: Value) -> str | None:
    """Return a text; nothing else is one."""
    return value if isinstance(value, str) else None


def as_flag(value: Value) -> bool | None:
    """Return true or false; nothing else is a flag."""
    return value if isinstance(value, bool) else None


def as_number(value: Value) -> float | None:
    """Return a number as an IEEE double, the way every SDK and engine holds JSON numbers.

    Texts that look like numbers are texts. What lies outside the doubles is infinite.
    """
    if type(value) is float:
        return value
    # Whole numbers next: most prices are, and every further question costs in every look.
    if type(value) is not int and (isinstance(value, bool) or not isinstance(value, int | float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_moment(value: Value) -> Instant | None:
    """Return the instant that a text in the form of `MOMENT` names; a day that is none has none."""
    if not isinstance(value, str) or (found := _MOMENT.search(value)) is None:
        return None
    day, hours, minutes, seconds, fraction, offset = found.groups()
    try:
        days = dt.date.fromisoformat(day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    micros = int((fraction or "").ljust(6, "0")[:6])
    wall = days * DAY + int(hours or 0) * HOUR + int(minutes or 0) * MINUTE
    return Instant(wall + int(seconds or 0) * SECOND + micros - _offset(offset))


def _offset(written: str | None) -> int:
    """Return the microseconds that `+08:00` lies ahead of UTC."""
    if written is None or written == "Z":
        return 0
    ahead = int(written[1:3]) * HOUR + int(written[4:6]) * MINUTE
    return -ahead if written[0] == "-" else ahead
