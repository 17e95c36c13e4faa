"""How the oracle compares values: by the tables of the reference, one line for each comparison."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import re2

__all__ = ["compares", "moment_of", "number_of"]

_UNITS = {
    "ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86_400 * 10**6,
    "w": 7 * 86_400 * 10**6,
}  # fmt: skip
_DAY = _UNITS["d"]
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(?:Z|([+-])(\d\d):(\d\d))?)?",
    re.ASCII,
)


def number_of(value: Any) -> float | None:
    """Return a number as a double."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def moment_of(value: Any) -> int | None:
    """Return the microseconds since 1970 of a moment in text."""
    if not isinstance(value, str) or (found := _MOMENT.fullmatch(value)) is None:
        return None
    year, month, day, hour, minute, second = (int(found[n] or 0) for n in range(1, 7))
    try:
        days = dt.date(year, month, day).toordinal() - dt.date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    sign, off_hour, off_minute = found[8], int(found[9] or 0), int(found[10] or 0)
    if hour > 23 or minute > 59 or second > 59 or off_hour > 23 or off_minute > 59:
        return None
    ahead = (off_hour * 60 + off_minute) * (-1 if sign == "-" else 1)
    whole = ((days * 24 + hour) * 60 + minute - ahead) * 60 + second
    return whole * 10**6 + int((found[7] or "0").ljust(6, "0")[:6])


def compares(name: str, value: Any, constant: Any, now: int, zone: str) -> bool:
    """Say whether a value passes the comparison of that name."""
    match name:
        case "is":
            return _equal(value, constant)
        case "is_not":
            return not _equal(value, constant)
        case "in":
            return any(_equal(value, one) for one in constant)
        case "not_in":
            return not any(_equal(value, one) for one in constant)
        case "set":
            return value is not None
        case "not_set":
            return value is None
        case "has" | "has_any" | "has_all" | "has_none":
            return _has(name, value, constant)
        case "contains" | "not_contains" | "starts_with" | "ends_with" | "matches":
            return _in_text(name, value, constant)
    if name.startswith("length_"):
        return isinstance(value, list) and _ordered(name[7:], len(value), constant)
    if name in {"within_last", "older_than", "within_next"}:
        return _relative(name, moment_of(value), constant, now)
    if name in _PLACED:
        return _PLACED[name](value, constant, now, zone)
    return _ordered(name, value, constant)


_PLACED: dict[str, Any] = {}


def _equal(value: Any, constant: Any) -> bool:
    """Say whether two values are of one type and equal."""
    if isinstance(value, bool) or isinstance(constant, bool):
        return value is constant
    if isinstance(value, str) or isinstance(constant, str):
        return isinstance(value, str) and isinstance(constant, str) and value == constant
    number = number_of(value)
    return number is not None and number == number_of(constant)


def _has(name: str, value: Any, constant: Any) -> bool:
    """Compare the items of a list."""
    if not isinstance(value, list):
        return name == "has_none"
    wanted = constant if isinstance(constant, list) else [constant]
    found = [any(_equal(item, one) for item in value) for one in wanted]
    return all(found) if name == "has_all" else any(found) is not (name == "has_none")


def _in_text(name: str, value: Any, constant: str) -> bool:
    """Compare the inside of a text."""
    if not isinstance(value, str):
        return name == "not_contains"
    if name == "matches":
        return re2.search(constant, value) is not None
    if name.endswith("contains"):
        return (constant in value) is (name == "contains")
    return value.startswith(constant) if name == "starts_with" else value.endswith(constant)


def _ordered(name: str, value: Any, constant: Any) -> bool:
    """Compare by size, or by time where the constant is a moment."""
    if name == "between":
        return _ordered("at_least", value, constant[0]) and _ordered("at_most", value, constant[1])
    read = moment_of if isinstance(constant, str) else number_of
    left, right = read(value), read(constant)
    if left is None or right is None:
        return False
    match name:
        case "is":
            return left == right
        case "above" | "after":
            return left > right
        case "at_least":
            return left >= right
        case "below" | "before":
            return left < right
        case "at_most":
            return left <= right
    raise AssertionError(f"the oracle does not know {name}")


def _relative(name: str, moment: int | None, constant: str, now: int) -> bool:
    """Compare a moment with the present."""
    if moment is None:
        return False
    length = sum(int(n) * _UNITS[u] for n, u in re.findall(r"(\d+)(ms|s|m|h|d|w)", constant))
    match name:
        case "within_last":
            return 0 <= now - moment < length
        case "older_than":
            return now - moment >= length
        case _:
            return 0 < moment - now <= length


def known(tree: Mapping[str, Any]) -> bool:
    """Say whether there is anything to compare."""
    return bool(tree)
