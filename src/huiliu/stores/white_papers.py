"""White papers in PostgreSQL; their files lie in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.white_papers import WhitePaperRow
from huiliu.stores.queries import query

__all__ = ["PostgresWhitePapers"]


class PostgresWhitePapers:
    """White papers, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def ask(self, brand_id: int, quarter: str, locale: str, by: str, now: int) -> int:
        """Ask for one and return its id; the one that is being made already, where there is one."""
        key = {"brand": brand_id, "quarter": quarter, "locale": locale}
        found = self._one("ask", **key, by=by, now=now)
        if found is None and by:
            found = self._one("open", **key)
        return int(found[0]) if found else 0

    def get(self, brand_id: int, paper_id: int) -> WhitePaperRow:
        """Return one; raise NotFound."""
        found = self._one("get", brand=brand_id, paper=paper_id)
        if found is None:
            raise NotFound("white paper", str(paper_id))
        return WhitePaperRow(*found)

    def latest(self, brand_id: int, limit: int) -> Sequence[WhitePaperRow]:
        """Return the last ones, the newest quarter and edition first."""
        rows = self._connection.execute(
            query("white_papers", "latest"), {"brand": brand_id, "limit": limit}
        )
        return [WhitePaperRow(*row) for row in rows]

    def brands(self) -> Sequence[int]:
        """Return every brand."""
        return [row[0] for row in self._connection.execute(query("white_papers", "brands"))]

    def claim(self, now: int, until: int) -> WhitePaperRow | None:
        """Take the one that has waited longest, or whose maker is gone; None = none waits."""
        found = self._one("claim", now=now, until=until)
        return WhitePaperRow(*found) if found else None

    def finish(self, row: WhitePaperRow) -> bool:
        """Write down that one is ready; False = another one made it meanwhile."""
        return self._one("finish", **msgspec.structs.asdict(row)) is not None

    def fail(self, row: WhitePaperRow, fault: str, due_at: int) -> None:
        """Write down why one could not be made; `due_at` = 0: it is given up, else tried then."""
        given = {"brand": row.brand_id, "paper": row.paper_id, "tries": row.tries, "fault": fault,
                 "due": due_at}  # fmt: skip
        self._connection.execute(query("white_papers", "fail"), given)

    def _one(self, name: str, **values: Any) -> TupleRow | None:
        """Return the one row of a query, or None."""
        return self._connection.execute(query("white_papers", name), values).fetchone()
