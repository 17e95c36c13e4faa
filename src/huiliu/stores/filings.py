"""Filings of SMS signatures and texts in PostgreSQL."""

from __future__ import annotations

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from huiliu.kernel.errors import NotFound
from huiliu.ports.filings import FilingRow
from huiliu.stores.queries import query

__all__ = ["PostgresFilings"]


class PostgresFilings:
    """Filings, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def put(self, row: FilingRow) -> int:
        """Store or replace a filing and return its number; raise NotFound for an unknown one."""
        values = structs.asdict(row) | {"states": Jsonb(row.states)}
        name = "change" if row.filing_id else "add"
        found = self._connection.execute(query("filings", name), values).fetchone()
        if found is None:
            raise NotFound("filing", str(row.filing_id))
        return int(found[0])

    def listed(self, brand_id: int) -> list[FilingRow]:
        """Return every filing of a brand, by template, account and number."""
        rows = self._connection.execute(query("filings", "listed"), (brand_id,))
        return [FilingRow(*row) for row in rows]

    def remove(self, brand_id: int, filing_id: int) -> None:
        """Forget a filing; raise NotFound."""
        done = self._connection.execute(query("filings", "remove"), (brand_id, filing_id))
        if not done.rowcount:
            raise NotFound("filing", str(filing_id))
