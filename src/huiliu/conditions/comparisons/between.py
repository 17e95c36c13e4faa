"""`between`: a number or moment from the first constant to the second, both included."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import ends
from huiliu.conditions.comparisons.order import pair, pair_among
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.kernel.facts import Value

__all__ = ["BETWEEN"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the value lies between the constants; false where it cannot be compared."""
    assert isinstance(constant, tuple), "the parser let only two constants through"
    low, high = pair(value, constant[0]), pair(value, constant[1])
    return low is not None and high is not None and low[0] >= low[1] and high[0] <= high[1]


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    assert isinstance(constant, tuple), "the parser let only two constants through"
    left, low = pair_among(cell, constant[0])
    _, high = pair_among(cell, constant[1])
    return left.between(low, high).fill_null(False)


BETWEEN = Comparison("between", ends, _holds, _among, by_content=True, form=Field("", "between"))
