"""`has_all`: a list that has every one of the constants."""

from __future__ import annotations

from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import scalars
from huiliu.conditions.comparisons.lists import any_has, each_of
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["HAS_ALL"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value is a list that has every constant."""
    return all(any_has(value, (one,)) for one in each_of(constant))


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return reduce(and_, (cell.has((one,)) for one in each_of(constant)))


HAS_ALL = Comparison(
    "has_all", scalars, _holds, _among, by_equality=True, form=Field("", "scalars")
)
