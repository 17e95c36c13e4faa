"""Webhook calls in PostgreSQL: an outbox with leases and fences, and a ledger of attempts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.calls import CallAttempt, CallResult, CallRow
from huiliu.ports.vault import Secrets
from huiliu.stores.arrays import bigints, byteas, integers, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresCalls"]

_PURPOSE = "call headers"
_decode = msgspec.json.Decoder(dict[str, str]).decode


class PostgresCalls:
    """Calls, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Work on an open transaction."""
        self._connection = connection
        self._secrets = secrets

    def queue(self, calls: Sequence[CallRow]) -> int:
        """Put calls into the outbox; an id that is there changes nothing. Return how many."""
        if not calls:
            return 0
        columns = (
            smallints([call.brand_id for call in calls]),
            byteas([call.call_id for call in calls]),
            bigints([call.profile_id for call in calls]),
            texts([call.journey for call in calls]),
            byteas([call.run_id for call in calls]),
            texts([call.node for call in calls]),
            integers([call.visit for call in calls]),
            texts([call.method for call in calls]),
            texts([call.url for call in calls]),
            byteas([call.body for call in calls]),
            bigints([call.queued_at for call in calls]),
            bigints([call.give_up_at for call in calls]),
            bigints([call.not_before for call in calls]),
        )
        return self._connection.execute(query("calls", "queue"), columns).rowcount

    def claim(self, now: int, limit: int, lease_until: int) -> list[CallRow]:
        """Take calls that may begin, with the fence of this attempt; skips those locked."""
        return self._rows("claim", {"now": now, "limit": limit, "lease": lease_until})

    def give_up(self, now: int, limit: int) -> int:
        """Make no call any more whose time is over; return how many those are."""
        done = self._connection.execute(query("calls", "give_up"), {"now": now, "limit": limit})
        return done.rowcount

    def withdraw(self, brand_id: int, journey: str, before: int, limit: int, now: int) -> int:
        """Make no call any more that a journey asked for until an instant; return how many."""
        said = {
            "brand": brand_id, "journey": journey, "before": before, "limit": limit, "now": now,
        }  # fmt: skip
        return self._connection.execute(query("calls", "withdraw"), said).rowcount

    def start(self, attempts: Sequence[CallAttempt]) -> None:
        """Write attempts before their servers are called."""
        if attempts:
            self._connection.execute(
                query("calls", "start"),
                (
                    smallints([one.brand_id for one in attempts]),
                    byteas([one.call_id for one in attempts]),
                    integers([one.number for one in attempts]),
                    bigints([one.started_at for one in attempts]),
                ),
            )

    def finish(self, results: Sequence[CallResult]) -> set[tuple[int, bytes]]:
        """Write what came of attempts; return (brand_id, call_id) of the calls that moved."""
        if not results:
            return set()
        ended = [result.attempt for result in results]
        brands = smallints([one.brand_id for one in ended])
        ids = byteas([one.call_id for one in ended])
        numbers = integers([one.number for one in ended])
        finished = bigints([one.finished_at for one in ended])
        codes = integers([one.code for one in ended])
        self._connection.execute(
            query("calls", "finish_attempts"),
            (
                brands, ids, numbers, finished, texts([one.reach for one in ended]), codes,
                texts([one.cause for one in ended]),
            ),
        )  # fmt: skip
        moved = self._connection.execute(
            query("calls", "finish_calls"),
            (
                brands, ids, numbers, texts([result.status for result in results]),
                texts([result.reason for result in results]), codes,
                bigints([result.not_before for result in results]), finished,
            ),
            binary=True,
        )  # fmt: skip
        return set(moved.fetchall())

    def recover(self, now: int, limit: int) -> int:
        """Let calls whose caller vanished wait again: their key makes a repeat harmless."""
        done = self._connection.execute(query("calls", "recover"), {"now": now, "limit": limit})
        return done.rowcount

    def recent(self, brand_id: int, limit: int, status: str = "") -> list[CallRow]:
        """Return calls, newest first."""
        return self._rows("recent", {"brand": brand_id, "limit": limit, "status": status})

    def of_run(self, brand_id: int, run_id: bytes) -> list[CallRow]:
        """Return the calls of one run, oldest first."""
        cursor = self._connection.cursor(binary=True)
        return [
            CallRow(*row) for row in cursor.execute(query("calls", "of_run"), (brand_id, run_id))
        ]

    def attempts(self, brand_id: int, calls: Collection[bytes]) -> list[CallAttempt]:
        """Return the attempts of calls, oldest first."""
        rows = self._connection.execute(
            query("calls", "attempts"), (brand_id, byteas(calls)), binary=True
        )
        return [CallAttempt(*row) for row in rows]

    def put_headers(self, brand_id: int, host: str, headers: Mapping[str, str], at: int) -> None:
        """Keep what is sent with every call to a host, sealed; no headers = nothing."""
        if not headers:
            self._connection.execute(query("calls", "remove_headers"), (brand_id, host))
            return
        sealed = self._secrets.seal(msgspec.json.encode(dict(headers)), _PURPOSE)
        self._connection.execute(query("calls", "put_headers"), (brand_id, host, sealed, at))

    def headers(self, brand_id: int) -> dict[str, dict[str, str]]:
        """Return host -> what is sent with every call to it."""
        rows = self._connection.execute(query("calls", "headers"), (brand_id,))
        return {host: _decode(self._secrets.unseal(sealed, _PURPOSE)) for host, sealed in rows}

    def _rows(self, name: str, values: Mapping[str, object]) -> list[CallRow]:
        """Return the calls that a query finds."""
        cursor = self._connection.cursor(binary=True)
        return [CallRow(*row) for row in cursor.execute(query("calls", name), values)]
