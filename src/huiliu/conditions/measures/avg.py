"""`avg`: the mean of the numbers of a property; of none there is none."""

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

__all__ = ["AVG"]


def _of(rows: Sequence[EventFact], path: tuple[str, ...]) -> float | None:
    """Return the sum in millionths divided once, so that it is the double nearest to the mean."""
    found = (millionths(number) for number in numbers(rows, path))
    each = [one for one in found if one is not None]
    return float(clamped(sum(each))) / (float(len(each)) * MILLION) if each else None


def _among(rows: ibis.Table, path: tuple[str, ...], tables: Tables) -> Measured:
    """Return the expression of `_of`."""
    each = rows.select("profile_id", each=millionths_among(numbers_among(rows, path, tables)))
    n = each.each.count().nullif(0).cast("float64")
    mean = clamped_among(each.each) / (n * number_literal(MILLION))
    return each.group_by("profile_id").agg(measured=mean), lambda row: NumberCell(row.measured)


AVG = Measure("avg", True, _of, _among, AMOUNTS, amount_form("avg"))
