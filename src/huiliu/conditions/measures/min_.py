"""`min`: the least number of a property; of none there is none."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.conditions.cells import NumberCell
from huiliu.conditions.measures.measure import AMOUNTS, Measure, Measured
from huiliu.conditions.measures.numbers import amount_form, numbers, numbers_among
from huiliu.conditions.population import Tables
from huiliu.kernel.facts import EventFact

__all__ = ["MIN"]


def _of(rows: Sequence[EventFact], path: tuple[str, ...]) -> float | None:
    """Return the least number."""
    return min(numbers(rows, path), default=None)


def _among(rows: ibis.Table, path: tuple[str, ...], tables: Tables) -> Measured:
    """Return the expression of `_of`."""
    each = rows.select("profile_id", each=numbers_among(rows, path, tables))
    found = each.group_by("profile_id").agg(measured=each.each.min())
    return found, lambda row: NumberCell(row.measured)


MIN = Measure("min", True, _of, _among, AMOUNTS, amount_form("min"))
