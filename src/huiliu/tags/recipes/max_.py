"""`max`: the largest number of all rows."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over

__all__ = ["MAX", "Max"]


@dataclass(frozen=True, slots=True)
class Max(Over):
    """The largest."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        return rows.group_by("profile_id").agg(value=rows.value.max())


MAX = RecipeKind("max", frozenset({"number"}), parse_over(Max))
