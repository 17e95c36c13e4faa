"""Reads the log by replay time from PostgreSQL, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.replay import Replayed
from huiliu.stores.queries import query

__all__ = ["PostgresReplay"]

#: Rows held in memory at once.
_BATCH: Final = 5_000


class PostgresReplay:
    """Reads the log by replay time, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def events(
        self, brand_id: int, names: Collection[str], kinds: Collection[int], until: int
    ) -> Iterator[Replayed]:
        """Yield the projected events of these names or kinds, by (replay_at, position)."""
        with self._connection.cursor("huiliu_replay", binary=True) as cursor:
            cursor.itersize = _BATCH
            cursor.execute(
                query("replay", "events"),
                {
                    "brand": brand_id,
                    "names": sorted(names),
                    "kinds": sorted(kinds),
                    "until": until,
                },
            )
            for row in cursor:
                yield Replayed(*row)
