"""The imports' ledger: which records of which source are in the log, for ever."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.stores.queries import query

__all__ = ["PostgresImports"]


class PostgresImports:
    """The ledger inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def unknown(self, brand_id: int, source: str, keys: Collection[bytes]) -> set[bytes]:
        """Return which record keys (16-byte digests) have never been imported."""
        asked = {"brand_id": brand_id, "source": source, "keys": list(keys)}
        rows = self._connection.execute(query("imports", "unknown"), asked, binary=True)
        return {row[0] for row in rows}

    def record(self, brand_id: int, source: str, keys: Sequence[bytes]) -> None:
        """Remember record keys for ever."""
        asked = {"brand_id": brand_id, "source": source, "keys": list(keys)}
        self._connection.execute(query("imports", "record"), asked)
