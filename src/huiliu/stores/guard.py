"""The channel guard in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.guard import (
    DayRow,
    IncidentMove,
    IncidentRow,
    LookRow,
    PauseRow,
    ReadingRow,
    SuspectRow,
)
from huiliu.ports.messages import HELD
from huiliu.stores.queries import query

__all__ = ["PostgresGuard"]

_READINGS: Final = msgspec.json.Decoder(tuple[ReadingRow, ...])
_DAYS: Final = msgspec.json.Decoder(tuple[DayRow, ...])
_SUSPECTS: Final = msgspec.json.Decoder(tuple[SuspectRow, ...])
_SCOPE: Final = msgspec.json.Decoder(dict[str, str])

T = TypeVar("T", LookRow, IncidentRow, PauseRow)


class PostgresGuard:
    """The channel guard, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def adopt(self, now: int) -> None:
        """Begin to read the documents in use that were not read yet; forget those that went."""
        self._run("forget", ())
        self._run("adopt", {"now": now})

    def claim(self, now: int, until: int) -> LookRow | None:
        """Return a document that is due, nobody else's until an instant; None = none is."""
        row = self._run("claim", {"now": now, "until": until}).fetchone()
        return _look(row) if row else None

    def looks(self, brand_id: int) -> Sequence[LookRow]:
        """Return what was seen by each document of a brand."""
        return [_look(row) for row in self._run("looks", (brand_id,))]

    def look(self, brand_id: int, slug: str) -> LookRow | None:
        """Lock what was seen by one document and return it; None = it was never read."""
        row = self._run("look", (brand_id, slug)).fetchone()
        return _look(row) if row else None

    def put_look(self, row: LookRow) -> None:
        """Write what was seen."""
        self._run("put_look", structs.asdict(row) | {"readings": _json(row.readings)})

    def incidents(
        self, brand_id: int, first: int = 0, past: int = 0, *, is_open: bool = False,
        limit: int = 200,
    ) -> Sequence[IncidentRow]:  # fmt: skip
        """Return incidents that were open at some time from `first` to before `past`."""
        asked = {"brand": brand_id, "first": first, "past": past, "is_open": is_open,
                 "limit": limit}  # fmt: skip
        return [_incident(row) for row in self._run("incidents", asked)]

    def incident(self, brand_id: int, incident_id: int) -> IncidentRow:
        """Lock one incident and return it; raise NotFound."""
        row = self._run("incident", (brand_id, incident_id)).fetchone()
        if row is None:
            raise NotFound("incident", str(incident_id))
        return _incident(row)

    def recent(self, brand_id: int, guard: str, since: int) -> Sequence[IncidentRow]:
        """Return a document's incidents that are not over or were closed since, newest first."""
        return [_incident(row) for row in self._run("recent", (brand_id, guard, since))]

    def open_incident(self, row: IncidentRow) -> int:
        """Store a new incident and return its number; 0 = the same is open already."""
        found = self._run("open_incident", _written(row)).fetchone()
        return int(found[0]) if found else 0

    def put_incident(self, row: IncidentRow) -> None:
        """Write an incident that this transaction holds."""
        self._run("put_incident", _written(row))

    def note(self, brand_id: int, incident_id: int, move: IncidentMove) -> None:
        """Write down what became of an incident."""
        self._run("note", (brand_id, incident_id, move.at, move.what, move.by, move.note))

    def moves(self, brand_id: int, incident_id: int) -> Sequence[IncidentMove]:
        """Return what became of an incident, oldest first."""
        return [IncidentMove(*row) for row in self._run("moves", (brand_id, incident_id))]

    def pauses(self, brand_id: int) -> Sequence[PauseRow]:
        """Return what stands paused in a brand."""
        return [_pause(row) for row in self._run("pauses", (brand_id,))]

    def pauses_of(self, brand_id: int, incident_id: int) -> Sequence[PauseRow]:
        """Return all that was paused because of an incident, those ended too."""
        return [_pause(row) for row in self._run("pauses_of", (brand_id, incident_id))]

    def put_pause(self, row: PauseRow) -> int:
        """Store a pause, or what became of one; return its number."""
        values = structs.asdict(row) | {"scope": _json(dict(row.scope))}
        found = self._run("put_pause" if row.pause_id else "new_pause", values).fetchone()
        assert found is not None
        return int(found[0])

    def wake(self, brand_id: int, now: int) -> int:
        """Let messages that the guard held be judged now; return how many."""
        return int(self._run("wake", {"brand": brand_id, "now": now, "held": HELD}).rowcount)

    def n_waiting(self, brand_id: int) -> int:
        """Return how many messages the guard holds."""
        row = self._run("n_waiting", (brand_id,)).fetchone()
        return int(row[0])

    def _run(self, name: str, values: Any) -> Any:  # what psycopg takes and gives
        """Run one named query."""
        return self._connection.execute(query("guard", name), values)


def _json(value: object) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value).decode()


def _written(row: IncidentRow) -> dict[str, object]:
    """Return the columns of an incident."""
    return structs.asdict(row) | {
        "evidence": _json(row.evidence), "suspects": _json(row.suspects),
    }  # fmt: skip


def _of(kind: type[T], row: tuple[Any, ...], **decoded: object) -> T:
    """Return a row by the names of its columns."""
    found = dict(zip(kind.__struct_fields__, row, strict=True))
    return kind(**found | decoded)


def _look(row: tuple[Any, ...]) -> LookRow:
    """Return a row of what was seen."""
    return _of(LookRow, row, readings=_READINGS.decode(row[6]))


def _incident(row: tuple[Any, ...]) -> IncidentRow:
    """Return a row of an incident."""
    return _of(IncidentRow, row, evidence=_DAYS.decode(row[18]), suspects=_SUSPECTS.decode(row[19]))


def _pause(row: tuple[Any, ...]) -> PauseRow:
    """Return a row of a pause."""
    return _of(PauseRow, row, scope=_SCOPE.decode(row[4]), control_id=bytes(row[10]))
