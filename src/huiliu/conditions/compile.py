"""The Ibis reader's door: from a condition and a population to the profiles that meet it."""

from __future__ import annotations

from collections.abc import Iterator

import ibis

from huiliu.conditions.node import Condition
from huiliu.conditions.population import Tables, moment_literal

__all__ = ["compile_condition", "first_expiries"]


def compile_condition(condition: Condition, tables: Tables, now: int) -> ibis.Table:
    """Return the present profiles that meet the condition at `now`, one column `profile_id`."""
    return tables.people.filter(condition.among(tables, now)).select("profile_id")


def first_expiries(
    condition: Condition, tables: Tables, now: int
) -> Iterator[tuple[int, ibis.Table]]:
    """Yield the length of each rolling window, with the first event of each profile in it.

    Before that event's instant plus the length, time alone cannot change the answer. The table
    has `profile_id` and `first`, a timestamp.
    """
    events = tables.events
    for name, length in sorted(condition.mentions.rolling):
        rows = events.filter(events.name == name, events.occurred_at > moment_literal(now - length))
        yield length, rows.group_by("profile_id").agg(first=rows.occurred_at.min())
