"""Occasions of schedules, their audiences by chunks, and sweeps, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.calendar import zones as known_zones
from huiliu.ports.occasions import Chunk, OccasionRow, Sweep
from huiliu.stores.arrays import bigints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresOccasions"]

_WIDTH: Final = 12
#: A later word takes the place of an earlier one.
_REPLACES: Final = {"pause": ["resume"], "resume": ["pause"], "stop": ["pause", "resume"]}


class PostgresOccasions:
    """Occasions, chunks and sweeps, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def look(self, brand_id: int, journey: str, first: int) -> int:
        """Return how far a schedule was looked at, locked; `first` where it never was."""
        self.begin_at(brand_id, journey, first)
        row = self._connection.execute(query("occasions", "look"), (brand_id, journey)).fetchone()
        assert row is not None
        return int(row[0])

    def looked(self, brand_id: int, journey: str, at: int) -> None:
        """Say that a schedule was looked at up to an instant; it never goes back."""
        self._connection.execute(query("occasions", "looked"), (at, brand_id, journey))

    def begin_at(self, brand_id: int, journey: str, at: int) -> None:
        """Say from where a schedule is looked at, unless it was already."""
        self._connection.execute(query("occasions", "begin_at"), (brand_id, journey, at))

    def plan(self, rows: Sequence[OccasionRow]) -> int:
        """Write occasions; one that is there changes nothing. Return how many are new."""
        if not rows:
            return 0
        cursor = self._connection.cursor()
        cursor.executemany(
            query("occasions", "plan"),
            [
                (row.brand_id, row.journey, row.occasion, row.at, row.version, list(row.zones),
                 row.state)
                for row in rows
            ],
        )  # fmt: skip
        return cursor.rowcount

    def take_due(self, now: int) -> OccasionRow | None:
        """Lock one occasion of a live journey that is due and has no audience yet."""
        row = self._connection.execute(query("occasions", "take_due"), (now,)).fetchone()
        return None if row is None else _occasion(row)

    def fill(
        self, occasion: OccasionRow, chunks: Sequence[tuple[int, Sequence[int]]], at: int
    ) -> None:
        """Write the audience as (not before, profiles) and let the filling begin."""
        key = _key(occasion)
        self._connection.execute(
            query("occasions", "begin_filling"),
            {
                "brand": key[0], "journey": key[1], "occasion": key[2], "at": key[3], "now": at,
                "n_chunks": len(chunks), "n_audience": sum(len(one) for _, one in chunks),
            },
        )  # fmt: skip
        self._connection.cursor().executemany(
            query("occasions", "add_chunk"),
            [
                (*key, nth, not_before, bigints(profiles))
                for nth, (not_before, profiles) in enumerate(chunks)
            ],
        )

    def miss(self, occasion: OccasionRow, n_audience: int, at: int) -> None:
        """Let nobody in by an occasion that comes too late, and say how many that are."""
        brand_id, journey, name, instant = _key(occasion)
        self._connection.execute(
            query("occasions", "miss"),
            {
                "brand": brand_id, "journey": journey, "occasion": name, "at": instant, "now": at,
                "n_audience": n_audience,
            },
        )  # fmt: skip

    def segment_members(self, brand_id: int, segment: str) -> list[int]:
        """Return who is in a live segment, by id."""
        cursor = self._connection.cursor(binary=True)
        rows = cursor.execute(query("occasions", "segment_members"), (brand_id, segment))
        return [profile for (profile,) in rows.fetchall()]

    def in_zones(
        self, brand_id: int, profiles: Sequence[int], zones: Sequence[str], home: str
    ) -> list[int]:
        """Return those of the profiles whose zone is one of these; `home` where it is none."""
        rows = self._connection.execute(
            query("occasions", "in_zones"),
            {
                "brand": brand_id, "profiles": bigints(profiles), "zones": texts(zones),
                "home": home, "known": texts(sorted(known_zones())),
            },
        )  # fmt: skip
        return [profile for (profile,) in rows.fetchall()]

    def take_chunk(self, now: int) -> Chunk | None:
        """Lock the first chunk of a live journey that may be let in; skips those locked."""
        cursor = self._connection.cursor(binary=True)
        row = cursor.execute(query("occasions", "take_chunk"), (now,)).fetchone()
        if row is None:
            return None
        return Chunk(_occasion(row[:_WIDTH]), *row[_WIDTH:])

    def drop_chunk(self, chunk: Chunk, n_entered: int, at: int) -> None:
        """Say that a chunk was let in: the last one ends its occasion."""
        brand_id, journey, occasion, instant = key = _key(chunk.occasion)
        self._connection.execute(query("occasions", "remove_chunk"), (*key, chunk.nth))
        self._connection.execute(
            query("occasions", "count_chunk"),
            {
                "brand": brand_id, "journey": journey, "occasion": occasion, "at": instant,
                "n": n_entered, "now": at,
            },
        )  # fmt: skip

    def of_journey(self, brand_id: int, journey: str, limit: int) -> list[OccasionRow]:
        """Return the occasions of a journey, latest first."""
        rows = self._connection.execute(
            query("occasions", "of_journey"), (brand_id, journey, limit)
        )
        return [_occasion(row) for row in rows]

    def between(self, brand_id: int, first: int, past: int) -> list[OccasionRow]:
        """Return every occasion at instants in [first, past), oldest first."""
        rows = self._connection.execute(query("occasions", "between"), (brand_id, first, past))
        return [_occasion(row) for row in rows]

    def stop(self, brand_id: int, journey: str, at: int) -> int:
        """Let nobody in any more by occasions that have begun; return how many were to come."""
        gone = self._connection.execute(query("occasions", "stop_chunks"), (brand_id, journey))
        n_gone: int = sum(n for (n,) in gone)
        self._connection.execute(query("occasions", "stop"), (at, brand_id, journey))
        return n_gone

    def ask(self, sweep: Sweep) -> None:
        """Ask for a sweep; a pause and a resume replace each other."""
        gone = _REPLACES[sweep.what]
        self._connection.execute(query("occasions", "unask"), (sweep.brand_id, sweep.journey, gone))
        self._connection.execute(
            query("occasions", "ask"), (sweep.brand_id, sweep.journey, sweep.what, sweep.at)
        )

    def next_sweep(self) -> Sweep | None:
        """Lock one sweep that is asked for; skips those locked."""
        row = self._connection.execute(query("occasions", "next_sweep")).fetchone()
        return None if row is None else Sweep(*row)

    def swept(self, sweep: Sweep) -> None:
        """Say that a sweep is done."""
        self._connection.execute(
            query("occasions", "swept"), (sweep.brand_id, sweep.journey, sweep.what, sweep.at)
        )

    def stops(self, brand_id: int) -> dict[str, int]:
        """Return journey -> when it was stopped, of those whose sweep is not done."""
        return dict(self._connection.execute(query("occasions", "stops"), (brand_id,)).fetchall())


def _key(occasion: OccasionRow) -> tuple[int, str, str, int]:
    """Return what an occasion is found by."""
    return occasion.brand_id, occasion.journey, occasion.occasion, occasion.at


def _occasion(row: TupleRow) -> OccasionRow:
    """Return the occasion of a row."""
    return structs.replace(OccasionRow(*row), zones=tuple(row[5]))
