"""The manifest of the warehouse's files in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.manifest import FactFile
from huiliu.stores.queries import query

__all__ = ["PostgresManifest"]

#: Stands among the offsets, so that one row is both the lock and the version.
_VERSION = "version"


class PostgresManifest:
    """The list of files that count, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Read and write on an open transaction."""
        self._connection = connection

    def lock(self) -> None:
        """Keep other writers away until this transaction ends."""
        self._connection.execute(query("manifest", "lock"))

    def reached(self) -> dict[str, int]:
        """Return how far each thing has been followed."""
        rows = self._connection.execute(query("manifest", "reached")).fetchall()
        return {name: reached for name, reached in rows if name != _VERSION}

    def move(self, reached: Mapping[str, int]) -> None:
        """Write how far things have been followed."""
        values = {"consumers": list(reached), "reached": list(reached.values())}
        self._connection.execute(query("manifest", "move"), values)

    def take_ids(self, n: int) -> list[int]:
        """Return ids for new files that no file ever had or will have."""
        rows = self._connection.execute(query("manifest", "take_ids"), (n,)).fetchall()
        return [file_id for (file_id,) in rows]

    def files(self) -> Sequence[FactFile]:
        """Return the files that count, oldest first."""
        rows = self._connection.execute(query("manifest", "files")).fetchall()
        return [FactFile(*row) for row in rows]

    def version(self) -> int:
        """Return a number that grows whenever the files that count change."""
        rows = self._connection.execute(query("manifest", "reached")).fetchall()
        return next((int(reached) for name, reached in rows if name == _VERSION), 0)

    def add(self, files: Collection[FactFile]) -> None:
        """Let files count from now on."""
        rows = [(one.file_id, one.fact, one.path, one.n_rows, one.n_bytes) for one in files]
        self._connection.cursor().executemany(query("manifest", "add"), rows)
        self._connection.execute(query("manifest", "grow"))

    def retire(self, file_ids: Collection[int]) -> int:
        """Let files count no more; return how many counted until now."""
        found = self._connection.execute(query("manifest", "retire"), (list(file_ids),))
        self._connection.execute(query("manifest", "grow"))
        return found.rowcount

    def forget_retired(self, age: int) -> list[str]:
        """Forget files that were retired so many microseconds ago; return their paths."""
        rows = self._connection.execute(query("manifest", "forget_retired"), (age,)).fetchall()
        return [path for (path,) in rows]

    def known_paths(self) -> set[str]:
        """Return the paths of all files, retired ones among them."""
        rows = self._connection.execute(query("manifest", "known_paths")).fetchall()
        return {path for (path,) in rows}
