"""What a population is to the Ibis reader: unbound tables, and cells that are read by type.

Conditions build Ibis expressions only and name no engine. What engines do differently, reading a
JSON value by type, they bring along as `Tables.cell`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import ibis

from huiliu.kernel.times import as_datetime, from_datetime

__all__ = ["Cell", "Tables", "moment_literal", "number_literal"]

_FIRST = from_datetime(dt.datetime.min.replace(tzinfo=dt.UTC))
_LAST = from_datetime(dt.datetime.max.replace(tzinfo=dt.UTC))


class Cell(Protocol):
    """One JSON value of each row, read by type; each reading is null where `values` says None."""

    def is_set(self) -> ibis.Value:
        """Return true where there is a value that is not JSON null; never null itself."""
        ...

    def text(self) -> ibis.Value:
        """Return the string, decoded."""
        ...

    def is_text(self, texts: Sequence[str]) -> ibis.Value:
        """Return whether it is one of these strings, never null.

        Engines may have a faster way than to decode every string.
        """
        ...

    def number(self) -> ibis.Value:
        """Return the number as a float64, infinite where it lies outside."""
        ...

    def flag(self) -> ibis.Value:
        """Return the boolean."""
        ...


@dataclass(frozen=True, slots=True)
class Tables:
    """One brand's population at one moment, as unbound Ibis tables."""

    #: profile_id: every present profile once.
    people: ibis.Table
    #: Name of a trait -> profile_id (present), value (JSON): its latest values.
    trait: Callable[[str], ibis.Table]
    #: profile_id (present), name (canonical), occurred_at (timestamp), properties (JSON).
    events: ibis.Table
    #: (JSON column, path of keys) -> the cell at that path.
    cell: Callable[[ibis.Value, tuple[str, ...]], Cell]


def moment_literal(instant: int) -> ibis.Value:
    """Return an instant as a timestamp; past the calendar it is the calendar's edge."""
    inside = as_datetime(min(max(instant, _FIRST), _LAST)).replace(tzinfo=None)
    # As text: engines make a literal's seconds from a double, which may miss a microsecond.
    return ibis.literal(inside.isoformat(" ", "microseconds")).cast("timestamp(6)")


def number_literal(number: float) -> ibis.Value:
    """Return exactly this double.

    It travels as text: engines read a bare 0.1 as a decimal first, and the way from there to a
    double is not always correctly rounded.
    """
    return ibis.literal(repr(float(number))).cast("float64")
