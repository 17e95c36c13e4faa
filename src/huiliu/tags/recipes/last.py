"""`last`: a property of the newest row that has it; also when that was."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over
from huiliu.tags.recipes.picked import picked

__all__ = ["LAST", "Last"]


@dataclass(frozen=True, slots=True)
class Last(Over):
    """The value of the newest row; the greater id is newer within one instant."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        found = picked(rows, [rows["at"].desc(), rows.tie.desc()])
        return found.select("profile_id", "value", "at")


LAST = RecipeKind("last", frozenset({"number", "text", "flag", "moment"}), parse_over(Last))
