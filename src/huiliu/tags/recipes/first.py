"""`first`: a property of the oldest row that has it; also when that was."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.over import Over, parse_over
from huiliu.tags.recipes.picked import picked

__all__ = ["FIRST", "First"]


@dataclass(frozen=True, slots=True)
class First(Over):
    """The value of the oldest row; the greater id is newer within one instant."""

    def fold(self, rows: ibis.Table) -> ibis.Table:
        """Return profile_id and value, one row a person."""
        found = picked(rows, [rows["at"].asc(), rows.tie.asc()])
        return found.select("profile_id", "value", "at")


FIRST = RecipeKind("first", frozenset({"number", "text", "flag", "moment"}), parse_over(First))
