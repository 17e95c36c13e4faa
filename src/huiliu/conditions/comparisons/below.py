"""`below`: a number or moment less than the constant."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import ordered
from huiliu.conditions.comparisons.order import pair, pair_among
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["BELOW"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value is less than the constant; false where it cannot be compared."""
    found = pair(value, constant)
    return found is not None and found[0] < found[1]


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    left, right = pair_among(cell, constant)
    return (left < right).fill_null(False)


BELOW = Comparison("below", ordered, _holds, _among, by_content=True, form=Field("", "ordered"))
