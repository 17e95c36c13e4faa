"""Memberships and condition timers in PostgreSQL, always in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.segments import News
from huiliu.stores.arrays import bigints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresSegments"]


class PostgresSegments:
    """Memberships and their timers, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def of_profiles(self, brand_id: int, profiles: Collection[int]) -> dict[int, set[str]]:
        """Return profile_id -> the segments it is in; profiles in none are left out."""
        found: dict[int, set[str]] = defaultdict(set)
        rows = self._connection.execute(
            query("segments", "of_profiles"), (brand_id, bigints(profiles))
        )
        for profile, segment in rows:
            found[profile].add(segment)
        return dict(found)

    def enter(self, brand_id: int, rows: Sequence[tuple[str, int]], at: int) -> None:
        """Add (segment, profile_id) memberships since `at`; those that exist stay as they are."""
        if rows:
            segments, profiles = zip(*rows, strict=True)
            self._connection.execute(
                query("segments", "enter"), (brand_id, at, texts(segments), bigints(profiles))
            )

    def leave(self, brand_id: int, rows: Sequence[tuple[str, int]]) -> None:
        """Remove (segment, profile_id) memberships."""
        if rows:
            segments, profiles = zip(*rows, strict=True)
            self._connection.execute(
                query("segments", "leave"), (texts(segments), bigints(profiles), brand_id)
            )

    def set_timers(self, brand_id: int, due: Mapping[int, int]) -> None:
        """Have profiles looked at no later than these instants; an earlier timer stays.

        New events mostly move an instant on, so mostly nothing is written.
        """
        if due:
            self._connection.execute(
                query("segments", "set_timers"),
                {"brand": brand_id, "profiles": bigints(due), "due": bigints(due.values())},
            )

    def claim_due(self, now: int, limit: int) -> list[tuple[int, int]]:
        """Take away the timers due at `now` and return them: (brand_id, profile_id)."""
        rows = self._connection.execute(query("segments", "claim_due"), (now, limit))
        return [(brand, profile) for brand, profile in rows]

    def next_due(self) -> int | None:
        """Return the instant of the earliest timer."""
        row = self._connection.execute(query("segments", "next_due")).fetchone()
        return None if row is None else row[0]

    def forget(self, brand_id: int, profiles: Collection[int]) -> None:
        """Remove every membership and timer of the profiles: they were merged into others."""
        for name in ("forget_memberships", "forget_timers"):
            self._connection.execute(query("segments", name), (brand_id, bigints(profiles)))

    def members(
        self, brand_id: int, segment: str, limit: int, after: int | None = None
    ) -> list[tuple[int, int]]:
        """Return (profile_id, since) of members by id, those with a greater id than `after`."""
        rows = self._connection.execute(
            query("segments", "members"),
            (brand_id, segment, -1 if after is None else after, limit),
        )
        return [(profile, since) for profile, since in rows]

    def member_ids(self, brand_id: int, segment: str) -> set[int]:
        """Return every member of a segment."""
        rows = self._connection.execute(query("segments", "member_ids"), (brand_id, segment))
        return {profile for (profile,) in rows}

    def counts(self, brand_id: int) -> dict[str, int]:
        """Return segment -> number of members; segments without members are left out."""
        rows = self._connection.execute(query("segments", "counts"), (brand_id,))
        return dict(rows.fetchall())

    def keep_news(
        self, brand_id: int, segment: str, enters: Collection[int], leaves: Collection[int], at: int
    ) -> None:
        """Keep entries and exits until the log is told of them."""
        if enters or leaves:
            self._connection.execute(
                query("segments", "keep_news"),
                {
                    "brand": brand_id, "segment": segment, "at": at,
                    "profiles": bigints([*enters, *leaves]),
                    "enters": [True] * len(enters) + [False] * len(leaves),
                },
            )  # fmt: skip

    def take_news(self, limit: int) -> list[News]:
        """Take away some of what the log has not been told, and return it, by segment."""
        rows = self._connection.execute(query("segments", "take_news"), (limit,))
        return [News(*row) for row in rows]

    def keep_fill(self, brand_id: int, segment: str, at: int) -> None:
        """Keep that everybody in a new segment entered it at an instant, for the log to be told."""
        self._connection.execute(
            query("segments", "align_fill"), {"brand": brand_id, "segment": segment, "at": at}
        )
        self._connection.execute(query("segments", "keep_fill"), (brand_id, segment, at))

    def take_filled(self, limit: int) -> tuple[int, list[News]]:
        """Take away some first members that the log has not been told of."""
        run = self._connection.execute
        row = run(query("segments", "next_fill")).fetchone()
        if row is None:
            return 0, []
        brand_id, segment, at, told = row
        found = run(query("segments", "filled"), (brand_id, segment, at, told, limit)).fetchall()
        key = (brand_id, segment, at)
        if len(found) < limit:
            run(query("segments", "end_fill"), key)
        else:
            run(query("segments", "told_fill"), (found[-1][0], *key))
        news = [
            News(brand_id, segment, profile, enters=True, at=at, stands=True)
            for (profile,) in found
        ]
        return max(len(news), 1), news

    def has_news(self) -> bool:
        """Say whether the log has still to be told of something."""
        row = self._connection.execute(query("segments", "has_news")).fetchone()
        return bool(row and row[0])

    def forget_segment(self, brand_id: int, segment: str) -> set[int]:
        """Remove every member of a segment and return who they were."""
        rows = self._connection.execute(query("segments", "forget_segment"), (brand_id, segment))
        return {profile for (profile,) in rows}
