"""`contains`: the constant stands somewhere in the text, letter for letter."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import words
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.values import as_text
from huiliu.kernel.facts import Value

__all__ = ["CONTAINS"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the constant stands somewhere in the text, letter for letter."""
    found = as_text(value)
    return found is not None and str(constant) in found


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return cell.text().contains(str(constant)).fill_null(False)


CONTAINS = Comparison("contains", words, _holds, _among, by_content=True, form=Field("", "text"))
