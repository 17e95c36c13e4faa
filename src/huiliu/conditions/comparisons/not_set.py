"""`not_set`: there is no value, or it is null."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import yes
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.values import is_set
from huiliu.kernel.facts import Value

__all__ = ["NOT_SET"]


def _holds(value: Value, _constant: Constant, _when: When) -> bool:
    """Say whether there is no value, or it is null."""
    return not is_set(value)


def _among(cell: Cell, _constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return ~cell.is_set()


NOT_SET = Comparison("not_set", yes, _holds, _among, form=Field("", "true"))
