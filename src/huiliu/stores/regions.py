"""Disrupted regions in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.regions import CaughtOrder, Disruption
from huiliu.stores.arrays import texts
from huiliu.stores.queries import query

__all__ = ["PostgresRegions"]

_WIDTH = 12


class PostgresRegions:
    """Disrupted regions, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def add(self, one: Disruption) -> int:
        """Write a disruption down and return its id."""
        found = self._connection.execute(query("regions", "add"), msgspec.structs.asdict(one))
        row = found.fetchone()
        return 0 if row is None else int(row[0])

    def listed(self, brand_id: int, limit: int) -> list[Disruption]:
        """Return disruptions, those under way first, then the latest."""
        rows = self._connection.execute(query("regions", "listed"), (brand_id, limit))
        return [_disruption(row) for row in rows]

    def lock(self, brand_id: int, disruption_id: int) -> Disruption:
        """Lock one disruption; raise NotFound."""
        found = self._connection.execute(query("regions", "lock"), (brand_id, disruption_id))
        row = found.fetchone()
        if row is None:
            raise NotFound("region", str(disruption_id))
        return _disruption(row)

    def due(self, now: int) -> Disruption | None:
        """Lock the disruption that has been due longest, unless another process holds it."""
        row = self._connection.execute(query("regions", "due"), (now,)).fetchone()
        return None if row is None else _disruption(row)

    def save(self, one: Disruption) -> None:
        """Write how a disruption that this transaction holds stands now."""
        self._connection.execute(query("regions", "save"), msgspec.structs.asdict(one))

    def catch(self, one: Disruption, orders: Sequence[CaughtOrder], at: int) -> int:
        """Write down orders that are to be told; those known already stay. Return how many."""
        if not orders:
            return 0
        rows = msgspec.json.encode(orders).decode()
        said = {"brand": one.brand_id, "disruption": one.disruption_id, "at": at, "rows": rows}
        return self._connection.execute(query("regions", "catch"), said).rowcount

    def told_orders(self, one: Disruption) -> list[str]:
        """Return the ids of all orders that were caught."""
        key = (one.brand_id, one.disruption_id)
        return [row[0] for row in self._connection.execute(query("regions", "told_orders"), key)]

    def clear(self, one: Disruption, still_open: Sequence[str]) -> int:
        """Let the open ones of the orders that were told be told of the end; return how many."""
        said = {
            "brand": one.brand_id, "disruption": one.disruption_id, "open": texts(still_open),
        }  # fmt: skip
        self._connection.execute(query("regions", "clear"), said)
        key = (one.brand_id, one.disruption_id)
        row = self._connection.execute(query("regions", "count_clear"), key).fetchone()
        return 0 if row is None else int(row[0])

    def take(self, limit: int) -> list[tuple[Disruption, str, CaughtOrder]]:
        """Take some of what is to be told: disruption, `DISRUPTED` or `CLEARED`, order."""
        return [
            (_disruption(row[:_WIDTH]), row[_WIDTH], CaughtOrder(*row[_WIDTH + 1 :]))
            for row in self._connection.execute(query("regions", "take"), (limit,))
        ]


def _disruption(row: Sequence[Any]) -> Disruption:
    """Return a disruption from its row."""
    return Disruption(
        brand_id=row[0], disruption_id=row[1], region=row[2], country=row[3], starts_at=row[4],
        ends_at=row[5], note=row[6], created_at=row[7], created_by=row[8], looked=row[9],
        due_at=row[10], n_orders=row[11],
    )  # fmt: skip
