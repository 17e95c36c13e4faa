"""`sum`: the numbers of a property, added; of none it is 0."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.conditions.cells import NumberCell
from huiliu.conditions.measures.measure import AMOUNTS, Measure, Measured
from huiliu.conditions.measures.numbers import (
    MILLION,
    amount_form,
    clamped,
    clamped_among,
    millionths,
    millionths_among,
    numbers,
    numbers_among,
)
from huiliu.conditions.population import Tables, number_literal
from huiliu.kernel.facts import EventFact

__all__ = ["SUM"]


def _of(rows: Sequence[EventFact], path: tuple[str, ...]) -> float:
    """Return the sum to the millionth."""
    each = (millionths(number) for number in numbers(rows, path))
    return float(clamped(sum(one for one in each if one is not None))) / MILLION


def _among(rows: ibis.Table, path: tuple[str, ...], tables: Tables) -> Measured:
    """Return the expression of `_of`."""
    each = rows.select("profile_id", each=millionths_among(numbers_among(rows, path, tables)))
    total = clamped_among(each.each).fill_null(0.0) / number_literal(MILLION)
    return each.group_by("profile_id").agg(measured=total), lambda row: NumberCell(row.measured)


SUM = Measure("sum", True, _of, _among, AMOUNTS, amount_form("sum"), nothing=0.0)
