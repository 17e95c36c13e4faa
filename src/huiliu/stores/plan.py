"""The tracking plan in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

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
        """Add sightings: counts are added, times widened, another type than the plan's counted."""
        if entries:
            columns = zip(*(astuple(entry) for entry in _fold(entries)), strict=True)
            self._connection.execute(query("plan", "observe"), [list(c) for c in columns])

    def entries(self, brand_id: int) -> list[PlanEntry]:
        """Return all entries by event and property."""
        rows = self._connection.execute(query("plan", "entries"), (brand_id,))
        return [PlanEntry(*row) for row in rows]


def _fold(entries: Sequence[PlanEntry]) -> list[PlanEntry]:
    """Return one entry a property, of the type most seen; sightings of others are violations."""
    by_property: dict[tuple[int, str, str], list[PlanEntry]] = {}
    for entry in entries:
        by_property.setdefault((entry.brand_id, entry.event, entry.property), []).append(entry)
    folded = []
    for of_one in by_property.values():
        main = max(of_one, key=lambda entry: (entry.type != "null", entry.n_seen))
        others = sum(e.n_seen for e in of_one if e.type not in {main.type, "null"})
        folded.append(
            replace(
                main,
                first_at=min(entry.first_at for entry in of_one),
                last_at=max(entry.last_at for entry in of_one),
                n_seen=sum(entry.n_seen for entry in of_one),
                n_violations=others + sum(entry.n_violations for entry in of_one),
            )
        )
    return sorted(folded, key=lambda entry: (entry.brand_id, entry.event, entry.property))
