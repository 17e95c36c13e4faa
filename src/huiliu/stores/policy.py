"""Odds of messages in PostgreSQL: one row a brand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.policy import NOT_COUNTED, AskedRow, OddsRow
from huiliu.stores.queries import query

__all__ = ["PostgresPolicy"]

_DECODER: Final = msgspec.json.Decoder(OddsRow)


class PostgresPolicy:
    """Odds, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def made_at(self, brand_id: int) -> int:
        """Return when the odds were counted last; 0 = never."""
        row = self._connection.execute(query("policy", "made_at"), (brand_id,)).fetchone()
        return row[0] if row is not None else 0

    def odds(self, brand_id: int) -> OddsRow:
        """Return what was counted last."""
        row = self._connection.execute(query("policy", "odds"), (brand_id,)).fetchone()
        return _DECODER.decode(row[0]) if row is not None and row[0] else NOT_COUNTED

    def keep(self, brand_id: int, row: OddsRow, due_at: int) -> None:
        """Keep what was counted, and when it is to be counted again."""
        values = (brand_id, row.made_at, due_at, msgspec.json.encode(row))
        self._connection.execute(query("policy", "keep"), values)

    def schedule(self, brand_id: int, due_at: int) -> None:
        """Have the odds counted at an instant, or before it where they are due earlier."""
        self._connection.execute(query("policy", "schedule"), (brand_id, due_at))

    def asked(self, brand_id: int, since: int, limit: int) -> tuple[int, Sequence[AskedRow]]:
        """Return marketing that was sent since, or held back because somebody had enough.

        By person, then by time. Where there is more than the limit it is of one person in so many:
        the number comes first, 1 = of everybody.
        """
        row = self._connection.execute(query("policy", "n_asked"), (brand_id, since)).fetchone()
        assert row is not None
        one_in = max(1, -(-row[0] // limit))
        found = self._connection.execute(
            query("policy", "asked"),
            # Chance may bring more of some people than of others.
            {"brand": brand_id, "since": since, "of": one_in, "limit": 2 * limit},
            binary=True,
        )
        return one_in, [AskedRow(*one) for one in found]

    def adopt(self) -> None:
        """Have the odds counted of every brand that has documents and was never counted."""
        self._connection.execute(query("policy", "adopt"))

    def due(self, now: int) -> int | None:
        """Return a brand whose odds are due, which no other process then takes; None = none."""
        row = self._connection.execute(query("policy", "due"), (now,)).fetchone()
        return row[0] if row is not None else None
