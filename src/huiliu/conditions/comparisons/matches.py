"""`matches`: a regular expression in RE2 syntax is found somewhere in the text."""

from __future__ import annotations

from functools import lru_cache

import ibis
import re2

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.constants import pattern
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.values import as_text
from huiliu.kernel.facts import Value

__all__ = ["MATCHES"]


@lru_cache(maxsize=1024)
def _compiled(constant: str) -> re2._Regexp:
    """Return the compiled expression; the parser let only good ones through."""
    return re2.compile(constant)


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the expression is found somewhere in the text; `.` is no new line."""
    found = as_text(value)
    return found is not None and _compiled(str(constant)).search(found) is not None


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    return cell.text().re_search(str(constant)).fill_null(False)


MATCHES = Comparison("matches", pattern, _holds, _among, by_content=True, form=Field("", "pattern"))
