"""`min`: the smallest number of all rows."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over

__all__ = ["MIN", "Min"]


@dataclass(frozen=True, slots=True)
class Min(Over):
    """The smallest."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        return rows.group_by("profile_id").agg(value=rows.value.min())


MIN = RecipeKind("min", frozenset({"number"}), parse_over(Min))
