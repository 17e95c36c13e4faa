"""`has`: a list with an item that equals the constant."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import scalar
from huiliu.conditions.comparisons.lists import any_has, each_of
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["HAS"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value is a list that has the constant."""
    return any_has(value, each_of(constant))


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return cell.has(each_of(constant))


HAS = Comparison("has", scalar, _holds, _among, by_equality=True, form=Field("", "scalar"))
