"""Drafts of journeys, layouts and comments in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import Conflict, NotFound
from huiliu.ports.drafts import JourneyComment, StoredDraft
from huiliu.stores.queries import query

__all__ = ["PostgresDrafts"]


class PostgresDrafts:
    """The DraftStore of one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def put(self, draft: StoredDraft) -> int:
        """Store a draft over the revision that it names; return the new revision."""
        row = self._row("put", **asdict(draft))
        if row is None:
            raise Conflict(f"draft {draft.draft}", f"revision {draft.revision}", "another")
        return int(row[0])

    def get(self, brand_id: int, owner: str, draft: str) -> StoredDraft | None:
        """Return a draft of an author, if there is one."""
        row = self._row("get", brand_id=brand_id, owner=owner, draft=draft)
        return None if row is None else StoredDraft(*row)

    def remove(self, brand_id: int, owner: str, draft: str) -> None:
        """Forget a draft."""
        self._connection.execute(
            query("drafts", "remove"), {"brand_id": brand_id, "owner": owner, "draft": draft}
        )

    def of_owner(self, brand_id: int, owner: str) -> Sequence[StoredDraft]:
        """Return the drafts of an author, saved last first."""
        rows = self._rows("of_owner", brand_id=brand_id, owner=owner)
        return [StoredDraft(*row) for row in rows]

    def of_journey(self, brand_id: int, draft: str) -> Sequence[StoredDraft]:
        """Return everybody's drafts of a journey, saved last first."""
        rows = self._rows("of_journey", brand_id=brand_id, draft=draft)
        return [StoredDraft(*row) for row in rows]

    def layout(self, brand_id: int, journey: str) -> str:
        """Return where the nodes of a published journey stand."""
        row = self._row("layout", brand_id=brand_id, journey=journey)
        return "{}" if row is None else str(row[0])

    def put_layout(self, brand_id: int, journey: str, positions: str) -> None:
        """Store where the nodes of a published journey stand."""
        self._connection.execute(
            query("drafts", "put_layout"),
            {"brand_id": brand_id, "journey": journey, "positions": positions},
        )

    def comments(self, brand_id: int, journey: str) -> Sequence[JourneyComment]:
        """Return the comments on a journey, oldest first."""
        rows = self._rows("comments", brand_id=brand_id, journey=journey)
        return [JourneyComment(*row) for row in rows]

    def add_comment(self, comment: JourneyComment) -> JourneyComment:
        """Store a comment and return it with its id."""
        row = self._row("add_comment", **asdict(comment))
        assert row is not None
        return replace(comment, comment_id=int(row[0]))

    def resolve_comment(self, brand_id: int, comment_id: int, at: int, by: str) -> JourneyComment:
        """Settle a comment, or open it again; raise NotFound."""
        row = self._row("resolve_comment", brand_id=brand_id, comment_id=comment_id, at=at, by=by)
        if row is None:
            raise NotFound("comment", str(comment_id))
        return JourneyComment(*row)

    def move_comments(self, brand_id: int, old: str, new: str) -> None:
        """Let the comments on a draft be comments on the journey that it became."""
        self._connection.execute(
            query("drafts", "move_comments"), {"brand_id": brand_id, "old": old, "new": new}
        )

    def _row(self, name: str, **values: object) -> TupleRow | None:
        """Return the first row of a named query, if there is one."""
        return self._connection.execute(query("drafts", name), values).fetchone()

    def _rows(self, name: str, **values: object) -> list[TupleRow]:
        """Return the rows of a named query."""
        return self._connection.execute(query("drafts", name), values).fetchall()
