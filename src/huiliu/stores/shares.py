"""Links that people share, and how often that happened, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.shares import ShareLink
from huiliu.stores.queries import query

__all__ = ["PostgresShares"]


class PostgresShares:
    """Shared links, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def put(self, link: ShareLink) -> bool:
        """Keep a link; what is there gets the newer address. True = it is new."""
        row = self._connection.execute(query("shares", "put"), structs.astuple(link)).fetchone()
        return bool(row and row[0])

    def link(self, code: str) -> ShareLink | None:
        """Return the link of a code, whosever it is."""
        row = self._connection.execute(query("shares", "link"), (code,)).fetchone()
        return None if row is None else ShareLink(*row)

    def count(self, brand_id: int, code: str, day: int, what: str, slot: int) -> None:
        """Add one to how often something happened to a link on a day: share, visit, machine."""
        self._connection.execute(query("shares", "count"), (brand_id, code, day, what, slot))

    def n_links(self, brand_id: int, kind: str, subject: str) -> int:
        """Return how many links lead to a thing."""
        given = (brand_id, kind, subject)
        row = self._connection.execute(query("shares", "n_links"), given).fetchone()
        return int(row[0]) if row else 0

    def counts(self, brand_id: int, kind: str, subject: str) -> Mapping[str, int]:
        """Return what happened to the links to a thing -> how often."""
        rows = self._connection.execute(query("shares", "counts"), (brand_id, kind, subject))
        return dict(rows)

    def campaign_counts(self, brand_id: int, campaign: str) -> Mapping[str, int]:
        """Return what happened to the links of a campaign's invites -> how often."""
        rows = self._connection.execute(query("shares", "campaign_counts"), (brand_id, campaign))
        return dict(rows)
