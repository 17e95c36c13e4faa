"""Conversations and disputes in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import digest, show_profile_id
from huiliu.ports.conversations import (
    ConversationFilter,
    ConversationRow,
    DeskCounts,
    DisputeRow,
    Held,
    LineRow,
)
from huiliu.ports.messages import HELD
from huiliu.stores.arrays import bigints
from huiliu.stores.queries import query

__all__ = ["PostgresConversations"]

#: Above every instant: what comes later by it stands nearer to the front.
_END: Final = 1 << 62


class PostgresConversations:
    """Conversations and disputes, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def hear(self, lines: Sequence[tuple[LineRow, bool]]) -> list[LineRow]:
        """Write down what people wrote, each with whether somebody has to look; return new ones."""
        new = []
        for line, opens in lines:
            if not self.add_line(line):
                continue
            new.append(line)
            self._connection.execute(
                query("conversations", "hear"),
                {
                    "brand": line.brand_id, "profile": line.profile_id, "opens": opens,
                    "channel": line.channel, "account": line.account, "at": line.at,
                },
            )  # fmt: skip
        return new

    def add_line(self, line: LineRow) -> bool:
        """Write a line; False = it is there already."""
        done = self._connection.execute(
            query("conversations", "add_line"),
            (
                line.brand_id, line.profile_id, line.line_id, line.at, line.kind, line.channel,
                line.account, line.what, line.token, line.title_token, line.user_id, line.by,
                line.message_id, line.keyword, line.is_claim,
            ),
        )  # fmt: skip
        return done.rowcount > 0

    def lock(self, brand_id: int, profile_id: int) -> ConversationRow:
        """Lock a present person's conversation; raise NotFound."""
        row = self._connection.execute(
            query("conversations", "lock"), (brand_id, profile_id)
        ).fetchone()
        if row is None:
            raise NotFound("conversation", show_profile_id(profile_id))
        return ConversationRow(*row)

    def put(self, row: ConversationRow) -> None:
        """Write how a conversation stands now."""
        self._connection.execute(
            query("conversations", "put"),
            (
                row.state, row.channel, row.account, row.assignee, row.opened_at,
                row.unanswered_since, row.heard_at, row.answered_at, row.closed_at, row.changed_at,
                row.brand_id, row.profile_id,
            ),
        )  # fmt: skip

    def get(self, brand_id: int, profile_id: int) -> ConversationRow | None:
        """Return a present person's conversation."""
        row = self._connection.execute(
            query("conversations", "get"), (brand_id, profile_id)
        ).fetchone()
        return ConversationRow(*row) if row is not None else None

    def page(
        self,
        brand_id: int,
        asked: ConversationFilter,
        limit: int,
        before: tuple[int, int] | None = None,
    ) -> list[ConversationRow]:
        """Return conversations, those who wait for an answer first, the longest wait before all."""
        mark, last = before or (None, 0)
        rows = self._connection.execute(
            query("conversations", "page"),
            {
                "brand": brand_id, "state": asked.state, "channel": asked.channel,
                "assignee": asked.assignee, "waiting": asked.waiting_before, "mark": mark,
                "last": last, "end": _END, "limit": limit,
            },
        )  # fmt: skip
        return [ConversationRow(*row) for row in rows]

    def counts(self, brand_id: int, user_id: int, overdue_before: int) -> DeskCounts:
        """Return how much there is to do."""
        row = self._connection.execute(
            query("conversations", "counts"),
            # Nobody is user 0: what nobody looks after is no one's own.
            {"brand": brand_id, "user": user_id or -1, "overdue": overdue_before},
        ).fetchone()
        assert row is not None
        return DeskCounts(*row)

    def lines(
        self, brand_id: int, profile_id: int, limit: int, before: tuple[int, bytes] | None = None
    ) -> list[LineRow]:
        """Return the lines of a present person, newest first."""
        at, last = before or (None, b"")
        rows = self._connection.execute(
            query("conversations", "lines"),
            {"brand": brand_id, "profile": profile_id, "limit": limit, "at": at, "last": last},
        )
        return [LineRow(*row) for row in rows]

    def last_lines(self, brand_id: int, profiles: Collection[int]) -> dict[int, LineRow]:
        """Return the newest line of each present person that is no note or mark."""
        rows = self._connection.execute(
            query("conversations", "last_lines"), {"brand": brand_id, "profiles": list(profiles)}
        )
        return {row[1]: LineRow(*row) for row in rows}

    def heard_on(self, brand_id: int, profile_id: int) -> dict[str, int]:
        """Return channel -> when a present person last wrote there."""
        rows = self._connection.execute(
            query("conversations", "heard_on"), {"brand": brand_id, "profile": profile_id}
        )
        return dict(rows.fetchall())

    def has_line(self, brand_id: int, line_id: bytes) -> bool:
        """Say whether a line is there already."""
        found = self._connection.execute(query("conversations", "has_line"), (brand_id, line_id))
        return found.fetchone() is not None

    def waiting_brands(self) -> list[int]:
        """Return the brands that have conversations which wait for the person."""
        return [row[0] for row in self._connection.execute(query("conversations", "waiting"))]

    def take_silent(self, brand_id: int, before: int, limit: int) -> list[ConversationRow]:
        """Lock conversations that wait for the person since before an instant."""
        rows = self._connection.execute(
            query("conversations", "take_silent"), (brand_id, before, limit)
        )
        return [ConversationRow(*row) for row in rows]

    def release(self, brand_id: int, profiles: Collection[int], reason: str, now: int) -> int:
        """Let messages to present persons that wait for this reason ask again at once."""
        if not profiles:
            return 0
        return self._connection.execute(
            query("conversations", "release"),
            {
                "brand": brand_id, "profiles": list(profiles), "reason": reason, "now": now,
                "parked": HELD,
            },
        ).rowcount  # fmt: skip

    def fold(self, brand_id: int, merges: Sequence[tuple[int, int]]) -> None:
        """Make the conversations of people who turned out to be one (gone, into) one."""
        if merges:
            gone, into = zip(*merges, strict=True)
            self._connection.execute(
                query("conversations", "fold"),
                {"brand": brand_id, "gone": list(gone), "into": list(into)},
            )

    def note_disputes(self, disputes: Sequence[DisputeRow]) -> None:
        """Write down disputes that were opened or ended, whichever is told first."""
        if disputes:
            self._connection.cursor().executemany(
                query("conversations", "note_dispute"),
                [
                    (
                        one.brand_id, one.dispute_id, one.profile_id, one.order_id, one.opened_at,
                        one.ended_at,
                    )
                    for one in disputes
                ],
            )  # fmt: skip
            orders = sorted({(one.brand_id, one.order_id) for one in disputes if one.order_id})
            self._connection.cursor().executemany(
                query("conversations", "settle_order"),
                [
                    {"brand": brand_id, "order": order, "by_order": digest("dispute", order)}
                    for brand_id, order in orders
                ],
            )

    def disputes(self, brand_id: int, profile_id: int) -> list[DisputeRow]:
        """Return the open disputes of a present person, newest first."""
        rows = self._connection.execute(
            query("conversations", "disputes"), {"brand": brand_id, "profile": profile_id}
        )
        return [DisputeRow(*row) for row in rows]

    def holds(
        self, brand_id: int, profiles: Collection[int], heard_after: int, opened_after: int
    ) -> dict[int, list[Held]]:
        """Return present profile -> why it gets no marketing."""
        rows = self._connection.execute(
            query("conversations", "holds"),
            {
                "brand": brand_id, "profiles": bigints(profiles), "heard": heard_after,
                "opened": opened_after,
            },
            binary=True,
        )  # fmt: skip
        found: dict[int, list[Held]] = {}
        for person, reason, since in rows:
            found.setdefault(person, []).append(Held(reason, since))
        return found
