"""Overrides of rule packs and checks of live content in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.content import ContentCheck, FoundLine, OverrideRow
from huiliu.stores.queries import query

__all__ = ["PostgresContent"]

_LINES = msgspec.json.Decoder(tuple[FoundLine, ...])


class PostgresContent:
    """Overrides and checks, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def add_override(self, row: OverrideRow) -> int:
        """Store an override and return its number."""
        made = self._connection.execute(query("content", "add_override"), structs.asdict(row))
        found = made.fetchone()
        return 0 if found is None else int(found[0])

    def overrides(self, brand_id: int, *, all_: bool = False) -> list[OverrideRow]:
        """Return the overrides that nobody took back, or all of them, newest first."""
        said = {"brand": brand_id, "all": all_}
        rows = self._connection.execute(query("content", "overrides"), said)
        return [OverrideRow(*row) for row in rows]

    def end_override(self, brand_id: int, override_id: int, at: int, by: str) -> OverrideRow:
        """Take an override back; raise NotFound where none stands."""
        said = {"brand": brand_id, "override": override_id, "at": at, "by": by}
        row = self._connection.execute(query("content", "end_override"), said).fetchone()
        if row is None:
            raise NotFound("override", str(override_id))
        return OverrideRow(*row)

    def checks(self, brand_id: int) -> Mapping[tuple[str, str], ContentCheck]:
        """Return (kind, slug) -> how it was found."""
        rows = self._connection.execute(query("content", "checks"), (brand_id,))
        found = [
            ContentCheck(
                brand_id, kind, slug, bytes(digest), checked_at, n_block, n_warn,
                _LINES.decode(bytes(lines)),
            )
            for brand_id, kind, slug, digest, checked_at, n_block, n_warn, lines in rows
        ]  # fmt: skip
        return {(one.kind, one.slug): one for one in found}

    def put_check(self, check: ContentCheck) -> None:
        """Write down how a document was found."""
        values = structs.asdict(check) | {"findings": msgspec.json.encode(check.findings)}
        self._connection.execute(query("content", "put_check"), values)

    def forget_check(self, brand_id: int, kind: str, slug: str) -> None:
        """Forget a document that is not live any more."""
        self._connection.execute(query("content", "forget_check"), (brand_id, kind, slug))

    def round(self, brand_id: int) -> tuple[int, bytes, int]:
        """Lock and return (stamp of documents, digest of packs, due) of the last round; zeroes."""
        self._connection.execute(query("content", "first_round"), (brand_id,))
        row = self._connection.execute(query("content", "round"), (brand_id,)).fetchone()
        assert row is not None, "it was written a line above"
        return int(row[0]), bytes(row[1]), int(row[2])

    def put_round(self, brand_id: int, stamp: int, packs: bytes, due_at: int) -> None:
        """Write down that everything was looked at."""
        said = {"brand": brand_id, "stamp": stamp, "packs": packs, "due": due_at}
        self._connection.execute(query("content", "put_round"), said)
