"""`is`: the value equals the constant in type and value."""

from __future__ import annotations

from huiliu.conditions.comparisons.comparison import Comparison
from huiliu.conditions.comparisons.constants import scalar
from huiliu.conditions.comparisons.equality import any_is, any_is_among
from huiliu.conditions.form import Field

__all__ = ["IS"]

IS = Comparison("is", scalar, any_is, any_is_among, by_equality=True, form=Field("", "scalar"))
