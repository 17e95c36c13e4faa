"""`ends_with`: the text ends with the constant, letter for letter."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import words
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.values import as_text
from huiliu.kernel.facts import Value

__all__ = ["ENDS_WITH"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the text ends with the constant, letter for letter."""
    found = as_text(value)
    return found is not None and found.endswith(str(constant))


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return cell.text().endswith(str(constant)).fill_null(False)


ENDS_WITH = Comparison("ends_with", words, _holds, _among, by_content=True, form=Field("", "text"))
