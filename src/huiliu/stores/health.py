"""How the instance fares, from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.health import Beat, Health
from huiliu.stores.queries import query

__all__ = ["PostgresHealth"]

#: Attempts that count as present results.
_RESULTS_FOR: Final = 5 * MINUTE


class PostgresHealth:
    """The HealthStore port inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Use an open transaction of the tables' owner."""
        self._connection = connection

    def read(self, now: int) -> Health:
        """Return how the instance fares at `now`."""
        late = self._rows("lateness", now, now)
        results = self._rows("results", now - _RESULTS_FOR)
        return Health(
            head=int(self._rows("head")[0][0]),
            cursors={str(name): int(offset) for name, offset in self._rows("cursors")},
            token_lateness=int(late[0][0]),
            outbox={str(channel): int(n) for channel, n in self._rows("outbox")},
            results={(str(c), str(a), str(o)): int(n) for c, a, o, n in results},
            beats=[Beat(*row) for row in self._rows("beats")],
        )

    def beat(self, beats: Sequence[Beat]) -> None:
        """Replace what these loops said of themselves; forget processes gone for an hour."""
        if not beats:
            return
        rows = [(b.process, b.loop, b.at, b.n_done, b.n_failed, b.fault) for b in beats]
        with self._connection.cursor() as cursor:
            cursor.executemany(query("health", "beat"), rows)
            cursor.execute(query("health", "forget"), (max(b.at for b in beats) - HOUR,))

    def _rows(self, name: str, *values: int) -> list[TupleRow]:
        """Return the rows of one named query."""
        return self._connection.execute(query("health", name), values).fetchall()
