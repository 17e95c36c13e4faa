"""The analyst's bulk reads of PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.feed import EventColumns
from huiliu.stores.queries import query

__all__ = ["PostgresFeed"]

_OFFSET_BITS = 48


class PostgresFeed:
    """Bulk reads for a warehouse that follows, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Read on an open transaction."""
        self._connection = connection

    def events(self, partition: int, first: int, limit: int) -> EventColumns:
        """Return projected events from an offset on, at most `limit`, in order."""
        cursor = self._connection.cursor(binary=True)
        values = {"partition": partition, "first": first, "limit": limit}
        row = cursor.execute(query("feed", "events"), values).fetchone()
        assert row is not None, "an aggregate has one row"
        n_events, last, *columns = row
        past = first if last is None else last + 1
        return EventColumns(n_events, past, *(column or b"" for column in columns))

    def identities(
        self, partition: int, first: int, past: int
    ) -> list[tuple[int, int, bytes, int, int, int]]:
        """Return identifiers first seen at offsets in [first, past)."""
        cursor = self._connection.cursor(binary=True)
        base = partition << _OFFSET_BITS
        return cursor.execute(query("feed", "identities"), (base + first, base + past)).fetchall()

    def steps(
        self, after: tuple[int, int], limit: int
    ) -> list[tuple[int, int, int, bytes, str, int, int, str, int, int, str, bytes]]:
        """Return journey steps after (txid, step_id), at most `limit`, in that order."""
        cursor = self._connection.cursor(binary=True)
        values = (str(after[0]), after[1], limit)
        return cursor.execute(query("feed", "steps"), values).fetchall()

    def last_step(self) -> tuple[int, int]:
        """Return (txid, step_id) of the last step that `steps` can give; (0, 0) = there is none."""
        row = self._connection.execute(query("feed", "last_step")).fetchone()
        return (0, 0) if row is None else (row[0], row[1])

    def told(
        self, brand_id: int, profiles: Collection[int]
    ) -> list[tuple[int, int, str, str, int, int]]:
        """Return the zone and language that stand for profiles, merged or not."""
        values = {"brand": brand_id, "profiles": list(profiles)}
        return self._connection.execute(query("feed", "told"), values).fetchall()
