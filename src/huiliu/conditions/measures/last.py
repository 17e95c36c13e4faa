"""`last`: the value of a property in the latest event that has one."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.measures.measure import Measure, Measured
from huiliu.conditions.population import Tables
from huiliu.conditions.values import dig
from huiliu.kernel.facts import EventFact, Value

__all__ = ["LAST"]

_ORDER = attrgetter("occurred_at", "position")


def _of(rows: Sequence[EventFact], path: tuple[str, ...]) -> Value:
    """Return the latest value by event time, ties by position."""
    for row in sorted(rows, key=_ORDER, reverse=True):
        value = dig(row.properties, path)
        if value is not None:
            return value
    return None


def _among(rows: ibis.Table, path: tuple[str, ...], tables: Tables) -> Measured:
    """Return the expression of `_of`."""
    known = rows.filter(tables.cell(rows.properties, path).is_set())
    newest = ibis.window(
        group_by=known.profile_id, order_by=[known.occurred_at.desc(), known.position.desc()]
    )
    ranked = known.mutate(newer=ibis.row_number().over(newest))
    latest = ranked.filter(ranked.newer == 0).select("profile_id", "properties")
    return latest, lambda row: tables.cell(row.properties, path)


LAST = Measure(
    "last",
    True,
    _of,
    _among,
    None,
    Field("last", "map", fields=(Field("property", "property", needed=True), Field("", "tests"))),
)
