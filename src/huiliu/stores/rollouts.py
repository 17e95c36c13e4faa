"""Roll-outs in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.messages import HELD
from huiliu.ports.rollouts import Move, ReadingRow, RolloutRow
from huiliu.stores.queries import query

__all__ = ["PostgresRollouts"]

_READINGS: Final = msgspec.json.Decoder(tuple[ReadingRow, ...])


class PostgresRollouts:
    """Roll-outs, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def all(self, brand_id: int) -> Mapping[str, RolloutRow]:
        """Return slug -> how far each has come."""
        rows = self._connection.execute(query("rollouts", "all"), (brand_id,)).fetchall()
        return {row[1]: _row(row) for row in rows}

    def begin(self, rows: Sequence[RolloutRow]) -> Sequence[str]:
        """Begin roll-outs; one that has begun stays as it is. Return those that are new."""
        found: list[str] = []
        for one in rows:
            values = (one.brand_id, one.slug, one.state, one.tier, one.percent, one.since,
                      one.due_at)  # fmt: skip
            made = self._connection.execute(query("rollouts", "begin"), values).fetchone()
            found += [made[0]] if made else []
        return found

    def adoptable(self) -> Sequence[tuple[int, str]]:
        """Return (brand_id, slug) of the documents in use whose roll-out has not begun."""
        rows = self._connection.execute(query("rollouts", "adoptable")).fetchall()
        return [(row[0], row[1]) for row in rows]

    def claim(self, now: int, until: int) -> RolloutRow | None:
        """Return one that is due, and nobody else's until an instant; None = none is due."""
        row = self._connection.execute(
            query("rollouts", "claim"), {"now": now, "until": until}
        ).fetchone()
        return _row(row) if row else None

    def lock(self, brand_id: int, slug: str) -> RolloutRow | None:
        """Lock one and return it; None = it has not begun."""
        row = self._connection.execute(query("rollouts", "lock"), (brand_id, slug)).fetchone()
        return _row(row) if row else None

    def put(self, row: RolloutRow) -> None:
        """Write one that this transaction holds."""
        values = structs.asdict(row) | {"readings": msgspec.json.encode(row.readings).decode()}
        self._connection.execute(query("rollouts", "put"), values)

    def forget(self, brand_id: int, slug: str) -> None:
        """Forget how far one has come; published again, it begins anew."""
        self._connection.execute(query("rollouts", "forget"), (brand_id, slug))

    def note(self, move: Move) -> None:
        """Write down what became of one."""
        readings = msgspec.json.encode(move.readings).decode()
        self._connection.execute(
            query("rollouts", "note"),
            (move.brand_id, move.slug, move.at, move.what, move.tier, move.percent, move.by,
             move.note, readings),
        )  # fmt: skip

    def moves(self, brand_id: int, slug: str, limit: int) -> Sequence[Move]:
        """Return what became of one, the latest first."""
        rows = self._connection.execute(
            query("rollouts", "moves"), (brand_id, slug, limit)
        ).fetchall()
        return [_move(row) for row in rows]

    def wake(self, brand_id: int, journeys: Collection[str], now: int) -> int:
        """Let the messages of journeys that waited to be rolled out be judged now; say how many."""
        values = {"brand": brand_id, "journeys": sorted(journeys), "now": now, "held": HELD}
        return self._connection.execute(query("rollouts", "wake"), values).rowcount


def _move(row: tuple[Any, ...]) -> Move:
    """Return a row of what became of one."""
    found = dict(zip(Move.__struct_fields__, row, strict=True))
    return Move(**found | {"readings": _READINGS.decode(found["readings"])})


def _row(row: tuple[Any, ...]) -> RolloutRow:
    """Return a row of the table."""
    found = dict(zip(RolloutRow.__struct_fields__, row, strict=True))
    return RolloutRow(**found | {"readings": _READINGS.decode(found["readings"])})
