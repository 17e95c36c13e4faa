"""Short links in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.links import ShortLink, Target
from huiliu.stores.arrays import bigints, byteas, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresLinks"]


class PostgresLinks:
    """Links, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def put(self, targets: Sequence[Target], links: Sequence[ShortLink]) -> None:
        """Write down what is not there yet; what is there stays."""
        if targets:
            self._connection.execute(query("links", "put_targets"), (
                smallints([one.brand_id for one in targets]),
                byteas([one.key for one in targets]),
                byteas([one.sealed for one in targets]),
                bigints([one.made_at for one in targets]),
            ))  # fmt: skip
        if links:
            self._connection.execute(query("links", "put_links"), (
                texts([one.code for one in links]),
                smallints([one.brand_id for one in links]),
                byteas([one.message_id for one in links]),
                byteas([one.target for one in links]),
                bigints([one.made_at for one in links]),
            ))  # fmt: skip

    def link(self, code: str) -> ShortLink | None:
        """Return what a code stands for."""
        row = self._connection.execute(query("links", "link"), (code,)).fetchone()
        return None if row is None else ShortLink(*row)

    def target(self, brand_id: int, key: bytes) -> bytes | None:
        """Return a sealed address."""
        row = self._connection.execute(query("links", "target"), (brand_id, key)).fetchone()
        return None if row is None else bytes(row[0])

    def forget(self, before: int, limit: int) -> int:
        """Drop up to `limit` links, and addresses, made before an instant; return how many."""
        values = {"before": before, "limit": limit}
        links = self._connection.execute(query("links", "forget_links"), values).rowcount
        return links + self._connection.execute(query("links", "forget_targets"), values).rowcount
