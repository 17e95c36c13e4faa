"""`length_is`: a list of exactly so many items."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import whole
from huiliu.conditions.comparisons.lists import count_of, length
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["LENGTH_IS"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value is a list of exactly so many items."""
    found = length(value)
    return found is not None and found == count_of(constant)


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return (cell.length() == count_of(constant)).fill_null(False)


LENGTH_IS = Comparison("length_is", whole, _holds, _among, by_content=True, form=Field("", "whole"))
