"""`distinct`: how many different values a property has; of none it is 0.

Texts, numbers and flags are values; two of them are the same where `is` says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.conditions.cells import NumberCell
from huiliu.conditions.measures.measure import AMOUNTS, Measure, Measured
from huiliu.conditions.measures.numbers import amount_form
from huiliu.conditions.population import Tables, number_literal
from huiliu.conditions.values import as_number, dig
from huiliu.kernel.facts import EventFact

__all__ = ["DISTINCT"]


def _of(rows: Sequence[EventFact], path: tuple[str, ...]) -> float:
    """Return how many different texts, numbers and flags there are."""
    seen: set[tuple[type, str | float]] = set()
    for row in rows:
        value = dig(row.properties, path)
        if isinstance(value, str | bool):
            seen.add((type(value), value))
        elif (number := as_number(value)) is not None:
            seen.add((float, number))
    return float(len(seen))


def _among(rows: ibis.Table, path: tuple[str, ...], tables: Tables) -> Measured:
    """Return the expression of `_of`."""
    cell = tables.cell(rows.properties, path)
    # Minus zero is zero: engines may part them, Python does not.
    number = cell.number() + number_literal(0.0)
    each = rows.select("profile_id", words=cell.text(), number=number, flag=cell.flag())
    kinds = each.distinct()
    known = kinds.words.notnull() | kinds.number.notnull() | kinds.flag.notnull()
    return (
        kinds.group_by("profile_id").agg(measured=known.sum().cast("float64")),
        lambda row: NumberCell(row.measured),
    )


DISTINCT = Measure("distinct", True, _of, _among, AMOUNTS, amount_form("distinct"), nothing=0.0)
