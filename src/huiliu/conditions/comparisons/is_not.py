"""`is_not`: the value does not equal the constant, or is missing."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import scalar
from huiliu.conditions.comparisons.equality import any_is, any_is_among
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["IS_NOT"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value does not equal the constant, or is missing."""
    return not any_is(value, constant)


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return ~any_is_among(cell, constant)


IS_NOT = Comparison("is_not", scalar, _holds, _among, by_equality=True, form=Field("", "scalar"))
