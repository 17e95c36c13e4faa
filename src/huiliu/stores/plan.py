"""The tracking plan in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.plan import PlanEntry
from huiliu.stores.queries import query

__all__ = ["PostgresPlan"]


class PostgresPlan:
    """The tracking plan, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def observe(self, entries: Sequence[PlanEntry]) -> None:
        """Add sightings: counts are added, times widened; an entry stands once in a batch."""
        if entries:
            ordered = sorted(entries, key=lambda e: (e.brand_id, e.event, e.property))
            columns = zip(*(astuple(entry) for entry in ordered), strict=True)
            self._connection.execute(query("plan", "observe"), [list(c) for c in columns])

    def entries(self, brand_id: int) -> list[PlanEntry]:
        """Return all entries by event and property."""
        rows = self._connection.execute(query("plan", "entries"), (brand_id,))
        return [PlanEntry(*row) for row in rows]
