"""`distinct`: the different values of a property: how many, or the list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over

__all__ = ["DISTINCT", "Distinct"]

#: A list longer than this is no tag any more: its first values in their order stand.
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Distinct(Over):
    """The values in their order, or their number."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        if self.type == "list":
            each = rows.select("profile_id", "value").distinct()
            listed = each.group_by("profile_id").agg(value=each.value.collect())
            return listed.mutate(value=listed.value.sort()[:_LONGEST])
        return rows.group_by("profile_id").agg(value=rows.value.nunique())


DISTINCT = RecipeKind("distinct", frozenset({"number", "list"}), parse_over(Distinct, reads="text"))
