"""The outbox, the attempt ledger and receipts in PostgreSQL; every call is a set of rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id
from huiliu.ports.messages import (
    HELD,
    Attempt,
    AttemptResult,
    MessageRow,
    Parts,
    QueuedMessage,
    ReceiptRow,
    Traffic,
)
from huiliu.stores.arrays import bigints, byteas, integers, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresMessages"]

_N_QUEUED = len(QueuedMessage.__struct_fields__)
_END_OF_TIME = 1 << 62
#: How each kind of column is sent.
_BUILDERS: Mapping[str, Callable[[Any], object]] = {
    "s": smallints, "i": integers, "q": bigints, "t": texts, "b": byteas,
}  # fmt: skip
#: The columns of each query that takes a set of rows.
_SHAPES = {
    "decide": "sbttqqqiq",
    "start": "sbittqqttt",
    "finish_attempts": "sbiqttt",
    "finish_messages": "sbittqqts",
    "provider_ids": "stttb",
    "keep_receipts": "stttttq",
    "learn_ids": "stttb",
}


class PostgresMessages:
    """Messages inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Hold the open transaction's connection."""
        self._connection = connection

    def queue(self, messages: Sequence[QueuedMessage]) -> int:
        """Put messages into the outbox; an id that is there changes nothing. Return how many."""
        if not messages:
            return 0
        columns = _queued_columns(messages)
        return self._connection.execute(query("messages", "queue"), columns).rowcount

    def claim(
        self,
        now: int,
        limit: int,
        channel: str,
        message_class: str,
        *,
        cancellable: bool,
        full: Sequence[int] = (),
    ) -> list[MessageRow]:
        """Lock up to `limit` queued messages that may go at `now`, the most important first.

        Those locked elsewhere are skipped. Without `cancellable`, those that an event may have
        made pointless are left alone, and so are those of brands that are `full`.
        """
        return self._rows(
            "claim",
            {
                "now": now, "limit": limit, "channel": channel, "message_class": message_class,
                "cancellable": cancellable, "full": list(full),
            },
        )  # fmt: skip

    def is_due(self, now: int, channel: str, message_class: str) -> bool:
        """Say whether any message of a channel and class may go at `now`."""
        found = self._connection.execute(
            query("messages", "is_due"),
            {"now": now, "channel": channel, "message_class": message_class},
        ).fetchone()
        return found is not None and bool(found[0])

    def take_overdue(self, now: int, limit: int) -> list[MessageRow]:
        """Never send queued messages whose time is over, and return them."""
        return self._rows("take_overdue", {"now": now, "limit": limit})

    def claim_doubts(
        self, channels: Collection[str], since: int, until: int, now: int, limit: int
    ) -> list[MessageRow]:
        """Return unknown messages to ask about now, each for one worker; later ones wait longer."""
        return self._rows(
            "claim_doubts",
            {
                "channels": list(channels), "since": since, "until": until, "now": now,
                "limit": limit,
            },
        )  # fmt: skip

    def unknown(self, brand_id: int, limit: int, before: int = 0) -> list[MessageRow]:
        """Return messages of which nobody knows whether they went, the newest first."""
        return self._rows("unknown", {"brand_id": brand_id, "limit": limit, "before": before})

    def n_unknown(self, brand_id: int) -> dict[str, int]:
        """Return channel -> how many messages nobody knows the end of."""
        found = self._connection.execute(query("messages", "n_unknown"), {"brand_id": brand_id})
        return dict(found.fetchall())

    def provider_ids(self, brand_id: int, messages: Collection[bytes]) -> dict[bytes, list[str]]:
        """Return the providers' ids of messages."""
        found = self._connection.execute(
            query("messages", "known_ids"), {"brand_id": brand_id, "messages": list(messages)}
        )
        known: dict[bytes, list[str]] = {}
        for _, message_id, provider_id in found:
            known.setdefault(message_id, []).append(provider_id)
        return known

    def traffic(
        self, brand_id: int, profiles: Collection[int], since: int, until: int
    ) -> dict[int, Traffic]:
        """Return present profile -> messages sent since, and marketing that may go by `until`."""
        found: dict[int, Traffic] = {}
        for present, sent_at, channel, kind, journey, message, at, due in self._connection.execute(
            query("messages", "traffic"),
            {"brand_id": brand_id, "profiles": bigints(profiles), "since": since, "until": until},
            binary=True,
        ):
            one = found.get(present)
            if one is None:
                one = found[present] = Traffic([], [])
            if message:
                one.waiting.append((message, channel, journey, at, due))
            else:
                one.sent.append((sent_at, channel, kind, journey))
        return found

    def decide(self, rows: Sequence[MessageRow], not_before: Sequence[int], lease: int) -> None:
        """Write status, reason, sent_at, changed_at and fence of claimed rows, and their times."""
        decided = (
            (
                *row.key, row.status, row.reason, until, row.sent_at, row.changed_at, row.fence,
                lease,
            )
            for row, until in zip(rows, not_before, strict=True)
        )  # fmt: skip
        self._write("decide", decided)

    def start(self, attempts: Sequence[Attempt]) -> set[tuple[int, bytes]]:
        """Write attempts before their provider is called; return the messages still held."""
        if not attempts:
            return set()
        rows = (
            (
                a.brand_id, a.message_id, a.number, a.channel, a.account, a.started_at,
                a.finished_at, a.outcome, a.provider_id, a.response,
            )
            for a in attempts
        )  # fmt: skip
        started = self._connection.execute(
            query("messages", "start"), _columns("start", rows), binary=True
        )
        return set(started.fetchall())

    def finish(self, results: Sequence[AttemptResult]) -> set[tuple[int, bytes]]:
        """Write what came of attempts; return the messages that moved."""
        if not results:
            return set()
        ended = [result.attempt for result in results]
        self._write(
            "finish_attempts",
            (
                (a.brand_id, a.message_id, a.number, a.finished_at, a.outcome, a.provider_id,
                 a.response)
                for a in ended
            ),
        )  # fmt: skip
        ids = [
            (a.brand_id, a.channel, a.account, provider_id, a.message_id)
            for a, result in zip(ended, results, strict=True)
            for provider_id in result.provider_ids
        ]
        self._write("provider_ids", ids)
        moves = [
            (r.attempt.brand_id, r.attempt.message_id, r.attempt.number, r.status, r.reason,
             r.attempt.finished_at, r.not_before, r.attempt.outcome, r.n_parts)
            for r in sorted(results, key=lambda r: r.attempt.message_id)
        ]  # fmt: skip
        columns = _columns("finish_messages", moves)
        moved = self._connection.execute(query("messages", "finish_messages"), columns, binary=True)
        return set(moved.fetchall())

    def take_expired(self, now: int, limit: int) -> list[tuple[MessageRow, Attempt | None]]:
        """Lock messages whose sender vanished, with the attempt that it had started."""
        rows = self._rows("take_expired", {"now": now, "limit": limit})
        started: dict[tuple[int, bytes, int], Attempt] = {}
        for brand_id in {row.queued.brand_id for row in rows}:
            ids = [row.queued.message_id for row in rows if row.queued.brand_id == brand_id]
            for attempt in self.attempts(brand_id, ids):
                if attempt.outcome == "started":
                    started[brand_id, attempt.message_id, attempt.number] = attempt
        return [(row, started.get((*row.key, row.fence))) for row in rows]

    def keep_receipts(self, receipts: Sequence[ReceiptRow]) -> None:
        """Keep receipts as they arrived; a repeat changes nothing."""
        rows = (
            (r.brand_id, r.channel, r.account, r.provider_id, r.state, r.response, r.at)
            for r in receipts
        )
        self._write("keep_receipts", rows)

    def learn_ids(self, receipts: Sequence[ReceiptRow]) -> None:
        """Take a provider's ids from receipts that name messages of ours which were sent."""
        rows = ((r.brand_id, r.channel, r.account, r.provider_id, r.message_id) for r in receipts)
        self._write("learn_ids", rows)

    def match_receipts(self, limit: int) -> list[ReceiptRow]:
        """Return kept receipts whose message has become known, each once."""
        found = self._connection.execute(query("messages", "match_receipts"), {"limit": limit})
        return [ReceiptRow(*row) for row in found]

    def forget_receipts(self, before: int) -> int:
        """Drop receipts older than an instant that no message ever claimed."""
        done = self._connection.execute(query("messages", "forget_receipts"), {"before": before})
        return done.rowcount

    def lock(self, brand_id: int, messages: Collection[bytes]) -> dict[bytes, MessageRow]:
        """Lock messages in id order and return those that exist."""
        rows = self._rows("lock", {"brand_id": brand_id, "messages": list(messages)})
        return {row.queued.message_id: row for row in rows}

    def parts(self, brand_id: int, messages: Collection[bytes]) -> dict[bytes, Parts]:
        """Return what was reported of each message's parts."""
        found = self._connection.execute(
            query("messages", "parts"), {"brand_id": brand_id, "messages": list(messages)}
        )
        return {message_id: Parts(*counts) for message_id, *counts in found}

    def settle(self, brand_id: int, outcomes: Sequence[tuple[bytes, str, str, int]]) -> set[bytes]:
        """Apply (message_id, status, reason, at) of receipts; return the messages that moved."""
        if not outcomes:
            return set()
        ids, statuses, reasons, ats = zip(*outcomes, strict=True)
        moved = self._connection.execute(
            query("messages", "settle"),
            {
                "brand_id": brand_id, "messages": list(ids), "statuses": list(statuses),
                "reasons": list(reasons), "ats": list(ats),
            },
        )  # fmt: skip
        return {message_id for (message_id,) in moved}

    def message(self, brand_id: int, message_id: bytes) -> MessageRow:
        """Return one message; raise NotFound."""
        rows = self._rows("message", {"brand_id": brand_id, "message_id": message_id})
        if not rows:
            raise NotFound("message", show_id(message_id))
        return rows[0]

    def of_profile(self, brand_id: int, profile_id: int, limit: int) -> list[MessageRow]:
        """Return the messages of a present profile and of those merged into it, newest first."""
        return self._rows(
            "of_profile", {"brand_id": brand_id, "profile_id": profile_id, "limit": limit}
        )

    def recent(self, brand_id: int, limit: int, before: int = 0) -> list[MessageRow]:
        """Return messages by queued_at, newest first, older than the instant `before` if given."""
        return self._rows("recent", {"brand_id": brand_id, "limit": limit, "before": before})

    def attempts(self, brand_id: int, messages: Collection[bytes]) -> list[Attempt]:
        """Return the attempts of messages, oldest first."""
        found = self._connection.execute(
            query("messages", "attempts"), {"brand_id": brand_id, "messages": list(messages)}
        )
        return [Attempt(*row) for row in found]

    def receipts(self, brand_id: int, messages: Collection[bytes]) -> list[ReceiptRow]:
        """Return the receipts of messages, oldest first."""
        found = self._connection.execute(
            query("messages", "receipts"), {"brand_id": brand_id, "messages": list(messages)}
        )
        return [ReceiptRow(*row) for row in found]

    def unreachable(
        self,
        brand_id: int,
        profiles: Collection[int],
        channel: str,
        trait: str,
        *,
        has_contacts: bool = False,
    ) -> dict[int, str]:
        """Return profile -> why no marketing can go to it by a channel now, of those."""
        found = self._connection.execute(
            query("messages", "unreachable"),
            {
                "brand": brand_id, "profiles": bigints(profiles), "channel": channel,
                "trait": trait, "has_contacts": has_contacts,
            },
        )  # fmt: skip
        return dict(found.fetchall())

    def refuse(self, messages: Sequence[QueuedMessage], reasons: Sequence[str]) -> None:
        """Write down messages that will never go; an id that is there changes nothing."""
        if messages:
            columns = (*_queued_columns(messages), texts(reasons))
            self._connection.execute(query("messages", "refuse"), columns)

    def cancel(
        self, brand_id: int, journey: str, before: int, limit: int, reason: str, at: int
    ) -> list[MessageRow]:
        """Never send messages of a journey that were queued at or before an instant."""
        return self._rows(
            "cancel",
            {
                "brand": brand_id, "journey": journey, "before": before, "limit": limit,
                "reason": reason, "at": at,
            },
        )  # fmt: skip

    def park(self, brand_id: int, journey: str, limit: int, *, on: bool) -> int:
        """Put queued messages of a journey far back, or bring them again; return how many."""
        done = self._connection.execute(
            query("messages", "park" if on else "unpark"),
            {"brand": brand_id, "journey": journey, "limit": limit, "held": HELD},
        )
        return done.rowcount

    def counts(
        self, brand_id: int, journey: str, spans: Sequence[tuple[int, int]]
    ) -> list[tuple[str, str, str, int]]:
        """Return (node, status, reason, how many) of messages queued within spans of time."""
        rows = self._connection.execute(
            query("messages", "counts"),
            {
                "brand": brand_id, "journey": journey,
                "first": bigints([first for first, _ in spans]),
                "last": bigints([last or _END_OF_TIME for _, last in spans]),
            },
        )  # fmt: skip
        return [(node, status, reason, n) for node, status, reason, n in rows]

    def depth(self) -> Mapping[tuple[int, str, str, str], int]:
        """Return (brand_id, channel, class, status) -> how many are queued or being sent."""
        found = self._connection.execute(query("messages", "depth"))
        return {(brand, channel, kind, status): n for brand, channel, kind, status, n in found}

    def _rows(self, name: str, values: Mapping[str, object]) -> list[MessageRow]:
        """Return the messages that a query finds."""
        cursor = self._connection.execute(query("messages", name), values, binary=True)
        rows = cursor.fetchall()
        return [MessageRow(QueuedMessage(*row[:_N_QUEUED]), *row[_N_QUEUED:]) for row in rows]

    def _write(self, name: str, rows: Iterable[tuple[object, ...]]) -> int:
        """Run a query over a set of rows and return how many it touched."""
        columns = _columns(name, rows)
        if not columns:
            return 0
        return self._connection.execute(query("messages", name), columns).rowcount


def _queued_columns(messages: Sequence[QueuedMessage]) -> tuple[object, ...]:
    """Return messages as columns."""
    return (
        smallints([m.brand_id for m in messages]),
        byteas([m.message_id for m in messages]),
        bigints([m.profile_id for m in messages]),
        texts([m.journey for m in messages]),
        integers([m.version for m in messages]),
        byteas([m.run_id for m in messages]),
        texts([m.node for m in messages]),
        texts([m.channel for m in messages]),
        texts([m.template for m in messages]),
        integers([m.template_version for m in messages]),
        texts([m.message_class for m in messages]),
        bigints([m.queued_at for m in messages]),
        bigints([m.expires_at for m in messages]),
        bigints([m.not_before for m in messages]),
        byteas([m.cancel_when for m in messages]),
        byteas([m.inputs for m in messages]),
        smallints([m.band for m in messages]),
    )


def _columns(name: str, rows: Iterable[tuple[object, ...]]) -> list[object]:
    """Return the rows as a query's columns; [] for none."""
    columns = list(zip(*rows, strict=True))
    return [_BUILDERS[kind](column) for kind, column in zip(_SHAPES[name], columns, strict=False)]
