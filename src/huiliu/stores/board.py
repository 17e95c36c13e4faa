"""Content that people make and post, what it brought, communities and links, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id
from huiliu.ports.board import GroupRow, MaterialRow, OutcomeRow, PieceRow, PublicLink
from huiliu.stores.queries import query

__all__ = ["PostgresBoard"]

#: Columns of the board that are worked off by date; in the others the newest comes first.
_BY_DATE: Final = frozenset({"planned", "made"})
_CHOICE: Final = {"platform": "", "assignee": "", "group": ""}


class PostgresBoard:
    """Content, its outcomes and communities, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def open(self, rows: Sequence[PieceRow]) -> list[bytes]:
        """Open pieces; one that is there only counts who asks again. Return the ids of new ones."""
        opened = []
        # In one order, so that two workers that open the same pieces do not wait for each other.
        for row in sorted(rows, key=lambda one: (one.brand_id, one.task_id)):
            found = self._connection.execute(query("board", "open"), structs.asdict(row)).fetchone()
            if found is not None and found[0]:
                opened.append(row.task_id)
        return opened

    def lock(self, brand_id: int, task_id: bytes) -> PieceRow:
        """Lock one piece; raise NotFound."""
        return self._one("lock", brand_id, task_id)

    def piece(self, brand_id: int, task_id: bytes) -> PieceRow:
        """Return one piece; raise NotFound."""
        return self._one("piece", brand_id, task_id)

    def change(self, row: PieceRow) -> None:
        """Write a piece that this transaction holds."""
        self._connection.execute(query("board", "change"), structs.asdict(row))

    def column(
        self, brand_id: int, state: str, choice: Mapping[str, str], limit: int
    ) -> list[PieceRow]:
        """Return pieces of a state: open ones by their date, the others changed last first."""
        name = "column_by_date" if state in _BY_DATE else "column_by_change"
        values = {**_CHOICE, **choice, "brand": brand_id, "state": state, "limit": limit}
        return [PieceRow(*row) for row in self._connection.execute(query("board", name), values)]

    def counts(self, brand_id: int, choice: Mapping[str, str]) -> Mapping[str, int]:
        """Return state -> how many pieces there are."""
        values = {**_CHOICE, **choice, "brand": brand_id}
        return dict(self._connection.execute(query("board", "counts"), values).fetchall())

    def assignees(self, brand_id: int) -> list[str]:
        """Return for whom pieces are, by name."""
        rows = self._connection.execute(query("board", "assignees"), (brand_id,))
        return [row[0] for row in rows]

    def due(self, brand_id: int, first: int, past: int) -> list[PieceRow]:
        """Return pieces that are not dropped and due in [first, past), by date."""
        rows = self._connection.execute(query("board", "due"), (brand_id, first, past))
        return [PieceRow(*row) for row in rows]

    def find(self, brand_id: int, field: str, said: str) -> list[PieceRow]:
        """Return pieces by `post_url`, `code` or `title`, those opened last first."""
        values = {"brand": brand_id, "field": field, "said": said}
        return [PieceRow(*row) for row in self._connection.execute(query("board", "find"), values)]

    def add_material(self, row: MaterialRow, data: bytes) -> bool:
        """Keep a file; False = the same one is there already."""
        done = self._connection.execute(query("board", "add_material"), (
            row.brand_id, row.task_id, row.material_id, row.name, row.type, row.size, data,
            row.added_at, row.added_by,
        ))  # fmt: skip
        return done.rowcount == 1

    def materials(self, brand_id: int, task_id: bytes) -> list[MaterialRow]:
        """Return the files of a piece, first ones first."""
        rows = self._connection.execute(query("board", "materials"), (brand_id, task_id))
        return [MaterialRow(*row) for row in rows]

    def material(
        self, brand_id: int, task_id: bytes, material_id: bytes
    ) -> tuple[MaterialRow, bytes]:
        """Return one file; raise NotFound."""
        row = self._connection.execute(
            query("board", "material"), (brand_id, task_id, material_id)
        ).fetchone()
        if row is None:
            raise NotFound("material", show_id(material_id))
        return MaterialRow(*row[:-1]), bytes(row[-1])

    def remove_material(self, brand_id: int, task_id: bytes, material_id: bytes) -> None:
        """Forget a file; raise NotFound."""
        done = self._connection.execute(
            query("board", "remove_material"), (brand_id, task_id, material_id)
        )
        if not done.rowcount:
            raise NotFound("material", show_id(material_id))

    def stored_bytes(self, brand_id: int) -> int:
        """Return how much room all files take."""
        row = self._connection.execute(query("board", "stored_bytes"), (brand_id,)).fetchone()
        return int(row[0]) if row else 0

    def note(self, row: OutcomeRow) -> None:
        """Write down what something had brought by a day; said again, it is replaced."""
        self._connection.execute(query("board", "note"), (
            row.brand_id, row.kind, row.subject, row.day, Jsonb(dict(row.figures)), row.revenue,
            row.currency, row.source, row.noted_at, row.noted_by,
        ))  # fmt: skip

    def outcomes(self, brand_id: int, kind: str, subject: str) -> list[OutcomeRow]:
        """Return what something brought, the newest day first."""
        rows = self._connection.execute(query("board", "outcomes"), (brand_id, kind, subject))
        return [OutcomeRow(*row) for row in rows]

    def latest(self, brand_id: int, kind: str, since: str) -> Mapping[str, OutcomeRow]:
        """Return subject -> its newest outcome, of those noted for a day from `since` on."""
        rows = self._connection.execute(query("board", "latest"), (brand_id, kind, since))
        return {row[2]: OutcomeRow(*row) for row in rows}

    def put_group(self, row: GroupRow, day: str) -> bool:
        """Store or replace a community and its size on a day; True = it is new."""
        values = structs.asdict(row)
        found = self._connection.execute(query("board", "put_group"), values).fetchone()
        self._connection.execute(
            query("board", "put_size"), (row.brand_id, row.slug, day, row.size)
        )
        return bool(found and found[0])

    def groups(self, brand_id: int) -> list[GroupRow]:
        """Return every community, by name."""
        rows = self._connection.execute(query("board", "groups"), (brand_id,))
        return [GroupRow(*row) for row in rows]

    def group(self, brand_id: int, slug: str) -> GroupRow:
        """Return one community; raise NotFound."""
        row = self._connection.execute(query("board", "group"), (brand_id, slug)).fetchone()
        if row is None:
            raise NotFound("group", slug)
        return GroupRow(*row)

    def sizes(self, brand_id: int, slug: str) -> list[tuple[str, int]]:
        """Return (day, size) of a community, by day."""
        rows = self._connection.execute(query("board", "sizes"), (brand_id, slug))
        return [(day, size) for day, size in rows]

    def remove_group(self, brand_id: int, slug: str) -> None:
        """Forget a community and its sizes; raise NotFound."""
        self._connection.execute(query("board", "forget_sizes"), (brand_id, slug))
        done = self._connection.execute(query("board", "remove_group"), (brand_id, slug))
        if not done.rowcount:
            raise NotFound("group", slug)

    def put_link(self, link: PublicLink) -> None:
        """Store or replace a link."""
        self._connection.execute(query("board", "put_link"), structs.astuple(link))

    def link(self, code: str) -> PublicLink | None:
        """Return the link of a code, whosever it is."""
        row = self._connection.execute(query("board", "link"), (code,)).fetchone()
        return None if row is None else PublicLink(*row)

    def clicked(self, brand_id: int, code: str, day: int, what: str, slot: int) -> None:
        """Count one click of a person or machine on a day."""
        self._connection.execute(query("board", "clicked"), (brand_id, code, day, what, slot))

    def clicks(self, brand_id: int, codes: Sequence[str]) -> Mapping[tuple[str, str], int]:
        """Return (code, person or machine) -> how often."""
        rows = self._connection.execute(query("board", "clicks"), (brand_id, list(codes)))
        return {(code, what): n for code, what, n in rows}

    def _one(self, name: str, brand_id: int, task_id: bytes) -> PieceRow:
        """Return one piece by a query; raise NotFound."""
        row = self._connection.execute(query("board", name), (brand_id, task_id)).fetchone()
        if row is None:
            raise NotFound("content task", show_id(task_id))
        return PieceRow(*row)
