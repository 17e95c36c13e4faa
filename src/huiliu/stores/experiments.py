"""Experiments in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.experiments import BatchRow, ExperimentMove, ExperimentRow
from huiliu.stores.queries import query

__all__ = ["PostgresExperiments"]

#: What is kept as JSON; in the order in which it was written, because the control comes first.
_JSON: Final = ("shares", "planned", "told", "counts")


class PostgresExperiments:
    """Experiments, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def all(self, brand_id: int) -> Mapping[str, ExperimentRow]:
        """Return slug -> how each stands."""
        rows = self._connection.execute(query("experiments", "all"), (brand_id,)).fetchall()
        return {row[1]: _row(row) for row in rows}

    def shared(self, brand_id: int, slugs: Collection[str]) -> Mapping[str, ExperimentRow]:
        """Return how some stand, and keep them so until this transaction ends."""
        values = {"brand": brand_id, "slugs": sorted(slugs)}
        self._connection.execute(query("experiments", "share"), values)
        rows = self._connection.execute(query("experiments", "shared"), values).fetchall()
        return {row[1]: _row(row) for row in rows}

    def begin(self, row: ExperimentRow) -> bool:
        """Write one that was published; one that is there stays. Say whether it is new."""
        made = self._connection.execute(query("experiments", "begin"), _values(row)).fetchone()
        return made is not None

    def claim(self, now: int, until: int) -> ExperimentRow | None:
        """Return one that is due, and nobody else's until an instant; None = none is due."""
        row = self._connection.execute(
            query("experiments", "claim"), {"now": now, "until": until}
        ).fetchone()
        return _row(row) if row else None

    def lock(self, brand_id: int, slug: str) -> ExperimentRow | None:
        """Lock one and return it; None = it was never published."""
        held = {"brand": brand_id, "slug": slug}
        self._connection.execute(query("experiments", "hold"), held)
        row = self._connection.execute(query("experiments", "lock"), (brand_id, slug)).fetchone()
        return _row(row) if row else None

    def put(self, row: ExperimentRow) -> None:
        """Write one that this transaction holds."""
        self._connection.execute(query("experiments", "put"), _values(row))

    def forget(self, brand_id: int, slug: str) -> None:
        """Forget how one stands; its moves stay."""
        self._connection.execute(query("experiments", "forget"), (brand_id, slug))

    def add_batch(self, row: BatchRow) -> None:
        """Write by which shares people are let in from now on."""
        self._connection.execute(query("experiments", "add_batch"), _values(row))

    def batches(self, brand_id: int, slug: str, since: int) -> Sequence[BatchRow]:
        """Return the batches that began at an instant or later, the first one first."""
        rows = self._connection.execute(
            query("experiments", "batches"), (brand_id, slug, since)
        ).fetchall()
        fields = BatchRow.__struct_fields__
        return [msgspec.convert(dict(zip(fields, row, strict=True)), BatchRow) for row in rows]

    def note(self, move: ExperimentMove) -> None:
        """Write down what became of one."""
        self._connection.execute(
            query("experiments", "note"),
            (move.brand_id, move.slug, move.at, move.what, move.by, move.note),
        )

    def moves(self, brand_id: int, slug: str, limit: int) -> Sequence[ExperimentMove]:
        """Return what became of one, the latest first."""
        rows = self._connection.execute(
            query("experiments", "moves"), (brand_id, slug, limit)
        ).fetchall()
        return [ExperimentMove(*row) for row in rows]


def _row(row: tuple[Any, ...]) -> ExperimentRow:
    """Return a row of the table."""
    found = dict(zip(ExperimentRow.__struct_fields__, row, strict=True))
    return msgspec.convert(found, ExperimentRow)


def _values(row: ExperimentRow | BatchRow) -> dict[str, Any]:
    """Return the columns of a row."""
    found = structs.asdict(row)
    for name in _JSON:
        if found.get(name) is not None:
            found[name] = msgspec.json.encode(found[name]).decode()
    return found
