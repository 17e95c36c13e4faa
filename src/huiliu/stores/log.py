"""The event log in PostgreSQL: positions given under a lock, rows copied in, repeats left out."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from huiliu.kernel.events import Event, Kind, NewEvent, join_identifiers, split_identifiers
from huiliu.kernel.times import DAY
from huiliu.ports.clock import Clock
from huiliu.ports.log import RefusedEvent
from huiliu.stores.queries import query

__all__ = ["PostgresLog", "copied_keys", "copied_rows"]

#: PostgreSQL's binary COPY format: signature, no flags, no extension; and its trailer.
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
#: Field count, then length and value of brand, partition, offset, received_at, occurred_at.
_ROW_START = struct.Struct("!h ih ih iq iq iq i")
_LENGTH = struct.Struct("!i")
#: Length and value of kind, then the length of identifiers.
_KIND = struct.Struct("!ih i")
_FLAGS = struct.Struct("!ih i")
_KEY_ROW = struct.Struct("!h ii i16s")
_SIXTEEN = _LENGTH.pack(16)
#: No subject, and the length of the message key that follows.
_NULL_SUBJECT = _LENGTH.pack(-1) + _SIXTEEN
_END_OF_TIME = 1 << 62
_NO_DAYS: frozenset[int] = frozenset()
#: By number: faster than making an enum's member.
_KINDS = {int(kind): kind for kind in Kind}


class PostgresLog:
    """The log and its consumers' cursors, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], clock: Clock) -> None:
        """Work on an open transaction of the tables' owner."""
        self._connection = connection
        self._clock = clock

    def append(self, events: Sequence[NewEvent], partition: int = 0) -> int:
        """Append the events that are new and return how many were; repeats are left out.

        The positions are given under the partition's lock, which is held until commit, so a
        reader never skips a late commit: append last in a transaction. The keys are claimed
        before, so that one transaction claims while another writes its rows.
        """
        if not events:
            return 0
        day = max(event.received_at for event in events) // DAY
        unique: dict[bytes, NewEvent] = {}
        for event in events:
            unique.setdefault(event.message_key, event)
        fresh = self._claim(list(unique.values()), day)
        if not fresh:
            return 0
        # Who comes second to the lock sees the keys of who was first, whatever day they are of.
        first, has_others = self._lock_head(partition, [day - 1, day + 1])
        if has_others:
            fresh = self._without_repeats(fresh, [day - 1, day + 1], claimed=True)
        self._copy_events(fresh, partition, first)
        self._connection.execute(query("log", "move_head"), (first + len(fresh), partition))
        return len(fresh)

    def read(self, partition: int, after: int, limit: int) -> list[Event]:
        """Return up to `limit` events with offset >= `after`, in order."""
        cursor = self._connection.cursor(binary=True)
        rows = cursor.execute(query("log", "read"), (partition, after, limit))
        return [
            Event(
                partition=row[0], offset=row[1], brand_id=row[2], received_at=row[3],
                occurred_at=row[4], name=row[5], kind=_KINDS[row[6]],
                identifiers=split_identifiers(row[7]), subject=row[8], flags=row[9], body=row[10],
            )
            for row in rows
        ]  # fmt: skip

    def head(self, partition: int = 0) -> int:
        """Return the offset that the next event will get."""
        row = self._connection.execute(query("log", "head"), (partition,)).fetchone()
        return 0 if row is None else int(row[0])

    def has_news(self, after: int, partition: int = 0) -> bool:
        """Say whether anything but Huiliu's own reports on messages stands at `after` or later."""
        row = self._connection.execute(query("log", "has_news"), (partition, after)).fetchone()
        return bool(row and row[0])

    def cursor(self, consumer: str, partition: int = 0) -> int:
        """Return the next offset that a consumer will read, locking its row to the end."""
        run = self._connection.execute
        row = run(query("log", "lock_cursor"), (consumer, partition)).fetchone()
        if row is None:
            run(query("log", "make_cursor"), (consumer, partition))
            row = run(query("log", "lock_cursor"), (consumer, partition)).fetchone()
        assert row is not None
        return int(row[0])

    def peek_cursor(self, consumer: str, partition: int = 0) -> int:
        """Return the next offset that a consumer will read, without a lock."""
        row = self._connection.execute(
            query("log", "peek_cursor"), (consumer, partition)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def move_cursor(self, consumer: str, to: int, partition: int = 0) -> None:
        """Set the next offset of a consumer."""
        values = (consumer, partition, to, self._clock.now())
        self._connection.execute(query("log", "move_cursor"), values)

    def record_profiles(self, partition: int, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Write which profile each event came with: (offset, received_at, brand_id, profile_id)."""
        if not rows:
            return
        with self._connection.cursor().copy(query("log", "copy_profiles")) as copy:
            copy.write("".join(f"{partition}\t%d\t%d\t%d\t%d\n" % row for row in rows))

    def read_profiles(self, partition: int, first: int, last: int) -> dict[int, int]:
        """Return offset -> profile_id for offsets in [first, last]."""
        rows = self._connection.execute(query("log", "read_profiles"), (partition, first, last))
        return dict(rows.fetchall())

    def refuse(self, events: Sequence[RefusedEvent]) -> None:
        """Keep refused events with their reasons."""
        if events:
            self._connection.cursor().executemany(
                query("log", "refuse"),
                [
                    (e.brand_id, e.refused_at, e.key_id, e.reason, e.path, e.details, e.sealed)
                    for e in events
                ],
            )

    def refused(self, brand_id: int, limit: int, before: int | None = None) -> list[RefusedEvent]:
        """Return refused events, newest first, older than the instant `before`."""
        until = _END_OF_TIME if before is None else before
        rows = self._connection.execute(query("log", "refused"), (brand_id, until, limit))
        return [RefusedEvent(*row) for row in rows]

    def _lock_head(self, partition: int, days: Sequence[int]) -> tuple[int, bool]:
        """Return the next offset, locked to the end, and whether the days have any keys."""
        row = self._connection.execute(query("log", "lock_head"), (days, partition)).fetchone()
        assert row is not None, f"partition {partition} has no head"
        return int(row[0]), bool(row[1])

    def _claim(self, events: list[NewEvent], day: int) -> list[NewEvent]:
        """Copy in the keys that are new, and return their events.

        Repeats are rare, so the unique index finds them for nothing: looking every key up before
        takes as long as all the rest. A key that another transaction has just claimed is waited
        for; as all claim in the order of the keys, no two wait for each other.
        """
        while events:
            try:
                with self._connection.transaction():
                    self._copy_keys(events)
            except UniqueViolation:
                events = self._without_repeats(events, [day - 1, day, day + 1])
            else:
                break
        return events

    def _without_repeats(
        self, events: Sequence[NewEvent], days: Sequence[int], *, claimed: bool = False
    ) -> list[NewEvent]:
        """Return the events whose key stands under none of the days, but for its own claim."""
        # Sorted, neighbours in the index are met together: a third less time.
        keys = sorted(event.message_key for event in events)
        cursor = self._connection.cursor(binary=True)
        known: dict[bytes, set[int]] = {}
        for day, key in cursor.execute(query("log", "known_keys"), (days, keys)):
            known.setdefault(key, set()).add(day)
        return [
            event
            for event in events
            if not known.get(event.message_key, _NO_DAYS)
            - ({event.received_at // DAY} if claimed else _NO_DAYS)
        ]

    def _copy_keys(self, events: Sequence[NewEvent]) -> None:
        """Copy the message keys in."""
        with self._connection.cursor().copy(query("log", "copy_keys")) as copy:
            copy.write(copied_keys(events))

    def _copy_events(self, events: Sequence[NewEvent], partition: int, first: int) -> None:
        """Copy the rows in, numbered from `first`."""
        with self._connection.cursor().copy(query("log", "copy_events")) as copy:
            copy.write(copied_rows(events, partition, first))


def copied_keys(events: Sequence[NewEvent]) -> bytes:
    """Return the message keys, sorted, as COPY's binary rows, each under the day of its receipt."""
    pack = _KEY_ROW.pack
    rows = [pack(2, 4, e.received_at // DAY, 16, e.message_key) for e in events]
    rows.sort()
    return b"".join((_COPY_HEADER, *rows, _COPY_TRAILER))


def copied_rows(events: Sequence[NewEvent], partition: int, first: int) -> bytes:
    """Return events as COPY's binary rows of the log, numbered from `first`."""
    parts = [_COPY_HEADER]
    for offset, e in enumerate(events, first):
        name, body, subject = e.name.encode(), e.body, e.subject
        identifiers = join_identifiers(e.identifiers)
        parts += (
            _ROW_START.pack(
                12, 2, e.brand_id, 2, partition, 8, offset, 8, e.received_at,
                8, e.occurred_at, len(name),
            ),
            name, _KIND.pack(2, e.kind, len(identifiers)), identifiers,
            _NULL_SUBJECT if subject is None else _SIXTEEN + subject + _SIXTEEN,
            e.message_key, _FLAGS.pack(2, e.flags, len(body)), body,
        )  # fmt: skip
    parts.append(_COPY_TRAILER)
    return b"".join(parts)
