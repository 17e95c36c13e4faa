"""`length_at_least`: a list of so many items or more."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import whole
from huiliu.conditions.comparisons.lists import count_of, length
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["LENGTH_AT_LEAST"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value is a list of so many items or more."""
    found = length(value)
    return found is not None and found >= count_of(constant)


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return (cell.length() >= count_of(constant)).fill_null(False)


LENGTH_AT_LEAST = Comparison(
    "length_at_least", whole, _holds, _among, by_content=True, form=Field("", "whole")
)
