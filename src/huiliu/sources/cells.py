"""What a cell of a table means: a text, a number, an amount, a yes or no, a moment."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from huiliu.kernel.facts import Value
from huiliu.kernel.times import MILLISECOND, SECOND, as_instant, from_datetime, show_instant

__all__ = ["TYPES", "Moment", "as_amount", "as_whole", "is_zone"]

_TRUE = frozenset({"true", "t", "1", "yes", "y", "是"})
_FALSE = frozenset({"false", "f", "0", "no", "n", "否"})
#: What JSON readers everywhere hold exactly.
_EXACT: Final = 2**53
#: Beyond it nobody's clock goes; keeps wrong units (seconds for milliseconds) from passing.
_LATEST: Final = 4_102_444_800 * SECOND  # 2100-01-01


def as_amount(cell: str) -> Decimal | None:
    """Return an exact finite decimal, or None when the cell is none."""
    try:
        found = Decimal(cell)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < _EXACT else None


def as_whole(cell: str) -> int | None:
    """Return a whole number; 3.0 is one, 3.5 is none."""
    found = as_amount(cell)
    return None if found is None or found != int(found) else int(found)


def _as_number(cell: str) -> Value:
    """Return a number as JSON writes it, or None."""
    found = as_amount(cell)
    if found is None:
        return None
    return int(found) if found == int(found) else float(found)


def _as_boolean(cell: str) -> Value:
    """Return true or false, or None."""
    word = cell.casefold()
    return True if word in _TRUE else False if word in _FALSE else None


#: What a property of a mapping can be; each reader returns None for a cell it cannot read.
TYPES: Mapping[str, Callable[[str], Value]] = MappingProxyType({
    "string": lambda cell: cell,
    "integer": as_whole,
    "number": _as_number,
    "boolean": _as_boolean,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """How a file writes moments."""

    #: iso, unix, unix_ms, or the letters of strptime.
    format: str = "iso"
    #: IANA zone of moments that carry no offset.
    zone: str = "UTC"

    def instant(self, cell: str) -> int | None:
        """Return the instant of a cell in microseconds, or None when it is no moment."""
        if self.format in {"unix", "unix_ms"}:
            found = self._counted(cell)
        elif self.format == "iso":
            found = as_instant(cell, self.zone)
        else:
            found = self._written(cell)
        return found if found is not None and 0 <= found < _LATEST else None

    def shown(self, cell: str) -> str | None:
        """Return the instant of a cell as ISO 8601 in UTC, or None when it is no moment."""
        found = self.instant(cell)
        return None if found is None else show_instant(found)

    def _counted(self, cell: str) -> int | None:
        """Return the instant of a count of seconds or milliseconds."""
        count = as_amount(cell)
        if count is None:
            return None
        unit = MILLISECOND if self.format == "unix_ms" else SECOND
        found = float(count) * unit
        return round(found) if math.isfinite(found) else None

    def _written(self, cell: str) -> int | None:
        """Return the instant of a cell in strptime's letters."""
        try:
            moment = dt.datetime.strptime(cell, self.format)  # noqa: DTZ007 - the zone follows
        except ValueError:
            return None
        if moment.tzinfo is None:
            # ISO without an offset is how the kernel takes a wall clock, gaps included.
            return as_instant(moment.isoformat(), self.zone)
        return from_datetime(moment)


def is_zone(name: str) -> bool:
    """Say whether this is the name of an IANA zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
