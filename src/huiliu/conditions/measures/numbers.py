"""Numbers of events: which are added, and how, so that every engine gets the same to the bit.

Sums of doubles depend on their order. So each number is rounded to whole millionths first, and
those are added exactly; the sum is a double only at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.population import Tables, number_literal
from huiliu.conditions.values import as_number, dig
from huiliu.kernel.facts import EventFact

__all__ = [
    "MILLION",
    "amount_form",
    "clamped",
    "clamped_among",
    "millionths",
    "millionths_among",
    "numbers",
    "numbers_among",
]

MILLION = 1_000_000
#: What lies further from zero is no amount of anything, and is left out of sums.
_MOST = 1e12
#: Sums end here, so that they fit into 64 bits.
_FULL = 9_000_000_000_000_000_000


def numbers(rows: Sequence[EventFact], path: tuple[str, ...]) -> Iterator[float]:
    """Yield the numbers that the events have at a path."""
    for row in rows:
        number = as_number(dig(row.properties, path))
        if number is not None:
            yield number


def numbers_among(rows: ibis.Table, path: tuple[str, ...], tables: Tables) -> ibis.Value:
    """Return the number of each row's event; null where there is none."""
    return tables.cell(rows.properties, path).number()


def millionths(number: float) -> int | None:
    """Return a number in millionths, half up; None for what is left out of sums."""
    return math.floor(number * 1e6 + 0.5) if abs(number) <= _MOST else None


def millionths_among(number: ibis.Value) -> ibis.Value:
    """Return the expression of `millionths`."""
    counted = ibis.ifelse(number.abs() <= number_literal(_MOST), number, ibis.null("float64"))
    return (counted * number_literal(1e6) + number_literal(0.5)).floor().cast("int64")


def clamped(total: int) -> int:
    """Return a sum of millionths that fits into 64 bits."""
    return max(-_FULL, min(_FULL, total))


def clamped_among(each: ibis.Value) -> ibis.Value:
    """Return the sum of millionths, which fits into 64 bits, as a double."""
    total = each.cast("decimal(38, 0)").sum()
    low, high = (ibis.literal(str(end)).cast("decimal(38, 0)") for end in (-_FULL, _FULL))
    inside = ibis.ifelse(total > high, high, ibis.ifelse(total < low, low, total))
    return inside.cast("int64").cast("float64")


#: Comparisons that a builder offers for an amount.
_OFFERED = ("at_least", "above", "at_most", "below", "between", "is", "is_not")


def amount_form(name: str) -> Field:
    """Return how a builder asks for a number computed of a property."""
    return Field(
        name,
        "map",
        fields=(
            Field("property", "property", needed=True),
            Field("", "tests", needed=True, start={"at_least": 1}, options=_OFFERED),
        ),
    )
