"""`in`: the value equals one of the constants."""

from __future__ import annotations

from huiliu.conditions.comparisons.comparison import Comparison
from huiliu.conditions.comparisons.constants import scalars
from huiliu.conditions.comparisons.equality import any_is, any_is_among
from huiliu.conditions.form import Field

__all__ = ["IN"]

IN = Comparison("in", scalars, any_is, any_is_among, by_equality=True, form=Field("", "scalars"))
