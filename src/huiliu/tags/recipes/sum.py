"""`sum`: a number of each row, added up."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over

__all__ = ["SUM", "Sum"]


@dataclass(frozen=True, slots=True)
class Sum(Over):
    """The sum, to a millionth: so the order in which an engine adds does not show."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        return rows.group_by("profile_id").agg(value=rows.value.sum().round(6))


SUM = RecipeKind("sum", frozenset({"number"}), parse_over(Sum))
