"""Versioned documents in PostgreSQL: a version is never changed, the stamp always moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.documents import Document
from huiliu.stores.queries import query

__all__ = ["PostgresDocuments"]


class PostgresDocuments:
    """Documents, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Use the open transaction's connection."""
        self._connection = connection

    def put(self, document: Document) -> Document:
        """Store a new version; the same source as the latest version returns that one."""
        brand_id, kind, slug = document.brand_id, document.kind, document.slug
        key = (brand_id, kind, slug)
        # The stamp's row is locked first, so two writers of one brand take turns.
        self._touch(brand_id, f"{kind}\n{slug}\n{document.source}")
        found = self._connection.execute(query("documents", "latest"), key).fetchone()
        newest = None if found is None else Document(*found)
        if newest is not None and newest.source == document.source:
            self.set_state(*key, document.state)
            return replace(newest, state=document.state)
        stored = replace(document, version=newest.version + 1 if newest else 1)
        self._connection.execute(
            query("documents", "insert"),
            (*key, stored.version, stored.source, stored.created_at, stored.created_by),
        )
        self._connection.execute(query("documents", "set_latest"), (*key, "live", stored.version))
        self.set_state(*key, document.state)
        return stored

    def latest(self, brand_id: int, kind: str, slug: str) -> Document:
        """Return the newest version; raise NotFound."""
        found = self._connection.execute(
            query("documents", "latest"), (brand_id, kind, slug)
        ).fetchone()
        if found is None:
            raise NotFound(kind, slug)
        return Document(*found)

    def version(self, brand_id: int, kind: str, slug: str, version: int) -> Document:
        """Return one version; raise NotFound."""
        found = self._connection.execute(
            query("documents", "version"), (brand_id, kind, slug, version)
        ).fetchone()
        if found is None:
            raise NotFound(kind, f"{slug} version {version}")
        return Document(*found)

    def versions(self, brand_id: int, kind: str, slug: str) -> Sequence[Document]:
        """Return every version, newest first; raise NotFound when there is none."""
        rows = self._connection.execute(query("documents", "versions"), (brand_id, kind, slug))
        found = [Document(*row) for row in rows]
        if not found:
            raise NotFound(kind, slug)
        return found

    def all(self, brand_id: int, kind: str) -> Sequence[Document]:
        """Return the newest version of each slug, by slug."""
        rows = self._connection.execute(query("documents", "all"), (brand_id, kind))
        return [Document(*row) for row in rows]

    def set_state(self, brand_id: int, kind: str, slug: str, state: str) -> None:
        """Set live, paused or archived; raise NotFound."""
        changed = self._connection.execute(
            query("documents", "set_state"), (state, brand_id, kind, slug)
        )
        if changed.rowcount == 0:
            raise NotFound(kind, slug)
        self._touch(brand_id, f"{kind}\n{slug}\n{state}")

    def stamp(self, brand_id: int) -> int:
        """Return a number that changes whenever any document changes: what caches compare."""
        found = self._connection.execute(query("documents", "stamp"), (brand_id,)).fetchone()
        return int(found[0]) if found else 0

    def brands(self) -> Sequence[int]:
        """Return every brand that has had a document."""
        return [brand for (brand,) in self._connection.execute(query("documents", "brands"))]

    def _touch(self, brand_id: int, what: str) -> None:
        """Move the stamp on by what was written."""
        self._connection.execute(query("documents", "touch"), {"brand": brand_id, "what": what})
