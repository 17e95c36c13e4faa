"""The Ibis reader's door: from a condition and a population to the profiles that meet it."""

from __future__ import annotations

import ibis

from huiliu.conditions.node import Condition
from huiliu.conditions.population import Tables

__all__ = ["compile_condition"]


def compile_condition(condition: Condition, tables: Tables, now: int) -> ibis.Table:
    """Return the present profiles that meet the condition at `now`, one column `profile_id`."""
    return tables.people.filter(condition.among(tables, now)).select("profile_id")
