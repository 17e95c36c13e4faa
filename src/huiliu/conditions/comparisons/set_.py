"""`set`: there is a value; null is none, an empty text is one."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import yes
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.values import is_set
from huiliu.kernel.facts import Value

__all__ = ["SET"]


def _holds(value: Value, _constant: Constant, _when: When) -> bool:
    """Say whether there is a value; null is none, an empty text is one."""
    return is_set(value)


def _among(cell: Cell, _constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return cell.is_set()


SET = Comparison("set", yes, _holds, _among, form=Field("", "true"))
