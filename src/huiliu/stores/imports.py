"""The imports' ledger: which records of which source are in the log, for ever."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.stores.queries import query

__all__ = ["PostgresImports"]


class PostgresImports:
    """The ledger inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def record(self, brand_id: int, source: str, keys: Collection[bytes]) -> set[bytes]:
        """Remember record keys (16-byte digests) for ever and return those that are new."""
        asked = {
            "brand_id": brand_id, "source": source, "keys": b"".join(keys), "n_keys": len(keys),
        }  # fmt: skip
        rows = self._connection.execute(query("imports", "record"), asked, binary=True)
        return {row[0] for row in rows}

    def forget(self, brand_id: int, source: str, keys: Collection[bytes]) -> None:
        """Forget keys recorded in this transaction whose records turned out to be unusable."""
        asked = {"brand_id": brand_id, "source": source, "keys": list(keys)}
        self._connection.execute(query("imports", "forget"), asked)
