"""`not_contains`: the constant stands nowhere in the text, or there is no text."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import words
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.values import as_text
from huiliu.kernel.facts import Value

__all__ = ["NOT_CONTAINS"]


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the constant stands nowhere in the text; true where there is no text."""
    found = as_text(value)
    return found is None or str(constant) not in found


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return ~cell.text().contains(str(constant)).fill_null(False)


NOT_CONTAINS = Comparison(
    "not_contains", words, _holds, _among, by_content=True, form=Field("", "text")
)
