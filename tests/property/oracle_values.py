"""How the oracle compares values: by the tables of the reference, one line for each comparison."""

from __future__ import annotations

import datetime as dt
import math
import re
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import re2

__all__ = ["compares", "local_day", "moment_of", "number_of"]

_UNITS = {
    "ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86_400 * 10**6,
    "w": 7 * 86_400 * 10**6,
}  # fmt: skip
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
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
    if name in {"is", "is_not", "in", "not_in"}:
        wanted = constant if isinstance(constant, list) else [constant]
        return any(_equal(value, one) for one in wanted) is (name in {"is", "in"})
    if name in {"set", "not_set"}:
        return (value is None) is (name == "not_set")
    if name.startswith("length_"):
        return isinstance(value, list) and _ordered(name[7:], len(value), constant)
    if name in {"within_last", "older_than", "within_next"}:
        return _relative(name, moment_of(value), constant, now)
    if name == "anniversary_within":
        return _anniversary(value, constant, local_day(now, zone))
    for names, compare in (
        ({"has", "has_any", "has_all", "has_none"}, _has),
        ({"contains", "not_contains", "starts_with", "ends_with", "matches"}, _in_text),
        ({"within_radius", "within_polygon"}, _placed),
    ):
        if name in names:
            return compare(name, value, constant)
    return _ordered(name, value, constant)


def local_day(at: int, zone: str) -> dt.date:
    """Return the day that clocks show, or the later one of days that began already."""
    place = ZoneInfo(zone)
    day = (_EPOCH + dt.timedelta(microseconds=at)).astimezone(place).date()
    # Clocks set back over midnight show the day before once more; the new day has begun.
    before = (_EPOCH + dt.timedelta(microseconds=at - _UNITS["h"])).astimezone(place).date()
    return max(day, before)


def _anniversary(value: Any, n_days: int, today: dt.date) -> bool:
    """Say whether a month and day comes round, by going through the days."""
    if not isinstance(value, str):
        return False
    found = re.fullmatch(r"(?:--)?(\d\d-\d\d)", value, re.ASCII)
    written = found[1] if found else value[5:10] if moment_of(value) is not None else ""
    try:
        month_day = dt.date.fromisoformat(f"2000-{written}")
    except ValueError:
        return False
    for later in range(n_days + 1):
        day = today + dt.timedelta(days=later)
        kept = {(day.month, day.day)}
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).day == 1:
            kept.add((2, 29))
        if (month_day.month, month_day.day) in kept:
            return True
    return False


def _placed(name: str, value: Any, constant: Any) -> bool:
    """Say whether a place lies in a circle or a polygon."""
    if not isinstance(value, dict):
        return False
    lat, lon = (
        next((n for key in keys if (n := number_of(value.get(key))) is not None), None)
        for keys in (("lat", "latitude"), ("lon", "lng", "longitude"))
    )
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return False
    if name == "within_radius":
        vectors = [_vector(lat, lon), _vector(constant["lat"], constant["lon"])]
        chord = math.dist(*vectors)
        return bool(2 * 6371.0088 * math.asin(min(1.0, chord / 2)) <= constant["km"])
    inside = False
    for (west, low), (east, high) in zip(constant, constant[1:] + constant[:1], strict=True):
        if (low <= lat) != (high <= lat):
            share = (Fraction(lat) - Fraction(low)) / (Fraction(high) - Fraction(low))
            inside ^= lon < Fraction(west) + share * (Fraction(east) - Fraction(west))
    return inside


def _vector(lat: float, lon: float) -> tuple[float, float, float]:
    """Return a place on a globe of radius 1."""
    north, east = math.radians(lat), math.radians(lon)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)


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
