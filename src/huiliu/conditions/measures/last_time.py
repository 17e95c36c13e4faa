"""`last_time`: when the last of the events happened."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.conditions.cells import MomentCell
from huiliu.conditions.form import Field
from huiliu.conditions.measures.measure import MOMENTS, Measure, Measured
from huiliu.conditions.population import Tables
from huiliu.kernel.facts import EventFact, Value
from huiliu.kernel.times import show_instant

__all__ = ["LAST_TIME"]


def _of(rows: Sequence[EventFact], _path: tuple[str, ...]) -> Value:
    """Return the instant as a text, as comparisons read instants."""
    return show_instant(max(row.occurred_at for row in rows)) if rows else None


def _among(rows: ibis.Table, _path: tuple[str, ...], _tables: Tables) -> Measured:
    """Return the expression of `_of`."""
    return (
        rows.group_by("profile_id").agg(measured=rows.occurred_at.max()),
        lambda row: MomentCell(row.measured),
    )


LAST_TIME = Measure(
    "last_time",
    False,
    _of,
    _among,
    MOMENTS,
    Field(
        "last_time",
        "map",
        fields=(
            Field(
                "",
                "tests",
                needed=True,
                start={"within_last": "30d"},
                options=("within_last", "older_than", "before", "after", "between"),
            ),
        ),
    ),
)
