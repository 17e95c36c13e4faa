"""Push's own rows in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.times import DAY
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.push import TokenGroup
from huiliu.stores.arrays import byteas, integers, texts
from huiliu.stores.queries import query

__all__ = ["PostgresPush"]


class PostgresPush:
    """Push's own rows, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def take_places(
        self, brand_id: int, message_id: bytes, day: int, most: Sequence[tuple[ContactPoint, int]]
    ) -> set[bytes]:
        """Take a place of the day at each contact point for a message; return where it has one."""
        rows = self._connection.execute(query("push", "take"), {
            "brand": brand_id, "day": day, "message": message_id,
            "apps": texts([point.app for point, _ in most]),
            "addresses": byteas([point.key for point, _ in most]),
            "most": integers([limit for _, limit in most]),
        })  # fmt: skip
        return {bytes(row[0]) for row in rows}

    def free_places(self, brand_id: int, messages: Collection[bytes], day: int) -> None:
        """Give back what messages took that never reached a phone."""
        values = {"brand": brand_id, "messages": byteas(list(messages)), "day": day}
        self._connection.execute(query("push", "free"), values)

    def forget_places(self, brand_id: int, before: int) -> None:
        """Drop the places of days before this one."""
        values = {"brand": brand_id, "before": before}
        self._connection.execute(query("push", "forget"), values)

    def groups(self, brand_id: int, now: int) -> list[TokenGroup]:
        """Return the push tokens by app, platform, maker and provider."""
        values = {"brand": brand_id, "days_30": now - 30 * DAY, "days_90": now - 90 * DAY}
        rows = self._connection.execute(query("push", "groups"), values)
        return [TokenGroup(*row) for row in rows]

    def reasons(self, brand_id: int, since: int) -> Mapping[str, int]:
        """Return why push tokens ended since then, with how many."""
        values = {"brand": brand_id, "since": since}
        return {
            str(reason): int(n)
            for reason, n in self._connection.execute(query("push", "reasons"), values)
        }
