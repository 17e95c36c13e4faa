"""The last word of two opposite events: granted or withdrawn, entered or left."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import ibis

from huiliu.kernel.facts import EventFact, Facts

__all__ = ["last_word", "last_word_among"]


def last_word(
    facts: Facts, names: Iterable[str], counts: Callable[[EventFact], bool]
) -> str | None:
    """Return the name of the latest event that counts, ties by position; None where none does."""
    latest: EventFact | None = None
    for name in names:
        for row in reversed(facts.events.get(name, ())):
            if counts(row):
                place = (row.occurred_at, row.position)
                if latest is None or place > (latest.occurred_at, latest.position):
                    latest = row
                break
    return None if latest is None else latest.name


def last_word_among(rows: ibis.Table) -> ibis.Table:
    """Return `profile_id` and `name` of the latest of the rows that each profile has."""
    newest_first = ibis.window(
        group_by="profile_id",
        order_by=[rows.occurred_at.desc(), rows.position.desc()],
    )
    ranked = rows.select("profile_id", "name", nth=ibis.row_number().over(newest_first))
    return ranked.filter(ranked.nth == 0).select("profile_id", "name")
