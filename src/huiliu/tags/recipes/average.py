"""`average`: the mean of a number of each row."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over

__all__ = ["AVERAGE", "Average"]


@dataclass(frozen=True, slots=True)
class Average(Over):
    """The arithmetic mean over the rows that have the number, to a millionth."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        return rows.group_by("profile_id").agg(value=rows.value.mean().round(6))


AVERAGE = RecipeKind("average", frozenset({"number"}), parse_over(Average))
