"""Accounts at providers of payments, sealed with the instance key, and what is to be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.payment import IntentRow, IntentState, Opened, PaymentAccount, Way
from huiliu.ports.vault import Secrets
from huiliu.stores.queries import query

__all__ = ["PostgresPayments"]

_PURPOSE = "payment account"


class PostgresPayments:
    """Accounts and intents, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Work on an open transaction."""
        self._connection = connection
        self._secrets = secrets

    def put_account(self, account: PaymentAccount, at: int) -> None:
        """Store or replace an account."""
        plain = msgspec.json.encode(dict(account.config))
        given = {"brand_id": account.brand_id, "name": account.name, "at": at,
                 "provider": account.provider,
                 "sealed": self._secrets.seal(plain, _PURPOSE)}  # fmt: skip
        self._connection.execute(query("payments", "put_account"), given)

    def accounts(self, brand_id: int) -> list[PaymentAccount]:
        """Return a brand's accounts by name."""
        rows = self._connection.execute(query("payments", "accounts"), (brand_id,))
        return [
            PaymentAccount(
                brand, name, provider,
                msgspec.json.decode(self._secrets.unseal(sealed, _PURPOSE), type=dict[str, str]),
                paused,
            )
            for brand, name, provider, sealed, paused in rows
        ]  # fmt: skip

    def pause(self, brand_id: int, name: str, *, is_paused: bool) -> None:
        """Stop or resume an account; raise NotFound."""
        given = {"brand_id": brand_id, "name": name, "paused": is_paused}
        if not self._connection.execute(query("payments", "pause"), given).rowcount:
            raise NotFound("payment account", name)

    def remove(self, brand_id: int, name: str) -> None:
        """Forget an account; raise NotFound."""
        if not self._connection.execute(query("payments", "remove"), (brand_id, name)).rowcount:
            raise NotFound("payment account", name)

    def n_open(self, brand_id: int, name: str) -> int:
        """Return how many intents of an account are not settled."""
        row = self._connection.execute(query("payments", "n_open"), (brand_id, name)).fetchone()
        return int(row[0]) if row else 0

    def add(self, row: IntentRow) -> None:
        """Write an intent down, before the provider hears of it."""
        given = asdict(row) | {"way": str(row.way), "state": str(row.state)}
        self._connection.execute(query("payments", "add"), given)

    def opened(self, row: IntentRow, opened: Opened, ask_at: int) -> None:
        """Note what became of opening, unless it is settled already."""
        state = IntentState.OPEN
        if not opened.address:
            state = IntentState.OPENING if opened.is_doubtful else IntentState.CLOSED
        is_over = state is IntentState.CLOSED
        self._connection.execute(
            query("payments", "opened"),
            {"brand_id": row.brand_id, "intent_id": row.intent_id, "state": str(state),
             "address": opened.address, "fault": opened.fault,
             "ask_at": row.expires_at + 1 if is_over else ask_at,
             "settled_at": row.created_at if is_over else 0},
        )  # fmt: skip

    def get(self, brand_id: int, intent_id: str) -> IntentRow | None:
        """Return an intent."""
        return self._one("get", brand_id, intent_id)

    def lock(self, brand_id: int, intent_id: str) -> IntentRow | None:
        """Return an intent, locked until the transaction ends."""
        return self._one("lock", brand_id, intent_id)

    def of_order(self, brand_id: int, order_id: str) -> list[IntentRow]:
        """Return an order's intents, newest first; closed ones behind the others."""
        rows = self._connection.execute(query("payments", "of_order"), (brand_id, order_id))
        return [_row(row) for row in rows]

    def settle(
        self, row: IntentRow, state: IntentState, reference: str, fault: str, at: int
    ) -> None:
        """Write how an intent stands now, and when somebody looks at it again.

        What is being given back is asked for at once; of what was closed the sale is let go later.
        """
        again = {IntentState.REFUNDING: at, IntentState.CLOSED: max(at, row.expires_at) + 1}
        ask_at = again.get(state, 0)
        self._connection.execute(
            query("payments", "settle"),
            {"brand_id": row.brand_id, "intent_id": row.intent_id, "state": str(state),
             "reference": reference, "fault": fault, "at": at, "ask_at": ask_at},
        )  # fmt: skip

    def put_off(self, brand_id: int, intent_id: str, now: int, until: int) -> bool:
        """Take on to ask about an intent that is due; False = somebody else did."""
        given = (until, brand_id, intent_id, now)
        return self._connection.execute(query("payments", "put_off"), given).rowcount == 1

    def rest(self, brand_id: int, intent_id: str) -> None:
        """Look at an intent no more."""
        self._connection.execute(query("payments", "rest"), (brand_id, intent_id))

    def due(self, now: int, limit: int) -> list[IntentRow]:
        """Return intents of every brand that are to be asked for now, and put them off a while."""
        given = {"now": now, "limit": limit}
        return [_row(row) for row in self._connection.execute(query("payments", "due"), given)]

    def _one(self, name: str, brand_id: int, intent_id: str) -> IntentRow | None:
        """Return the intent of an id, if there is one."""
        found = self._connection.execute(query("payments", name), (brand_id, intent_id))
        row = found.fetchone()
        return _row(row) if row else None


def _row(row: Sequence[Any]) -> IntentRow:
    """Return a stored intent."""
    brand, intent, account, provider, order_id, amount, currency, way, state, *rest = row
    address, reference, fault, created, expires, settled, ask_at, n_asked = rest
    return IntentRow(
        brand, intent, account, provider, order_id, amount, currency, Way(way),
        IntentState(state), address, reference, fault, created, expires, settled, ask_at, n_asked,
    )  # fmt: skip
