"""Sales by receipt number, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.pos import Origin, Receipt, ReceiptFilter, ReceiptState
from huiliu.stores.queries import query

__all__ = ["PostgresPos"]


class PostgresPos:
    """Sales, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def begin(self, receipt: Receipt) -> bool:
        """Write a sale down; False = its number was told before."""
        done = self._connection.execute(query("pos", "begin"), _bound(receipt))
        return done.rowcount == 1

    def lock(self, brand_id: int, order_id: str) -> Receipt | None:
        """Return a sale, locked until the transaction ends."""
        return self._one("lock", brand_id, order_id)

    def get(self, brand_id: int, order_id: str) -> Receipt | None:
        """Return a sale."""
        return self._one("get", brand_id, order_id)

    def put(self, receipt: Receipt) -> None:
        """Write a sale as it is now."""
        self._connection.execute(query("pos", "put"), _bound(receipt))

    def list(
        self,
        brand_id: int,
        chosen: ReceiptFilter,
        limit: int,
        before: tuple[int, str] | None = None,
    ) -> Sequence[Receipt]:
        """Return sales, newest first, below (created_at, order_id)."""
        at, order_id = before or (None, "")
        given = asdict(chosen) | {"brand": brand_id, "limit": limit, "at": at,
                                  "order_id": order_id}  # fmt: skip
        return [_receipt(row) for row in self._connection.execute(query("pos", "list"), given)]

    def counts(self, brand_id: int, since: int) -> Mapping[str, int]:
        """Return state -> how many sales since, and `differing`."""
        rows = self._connection.execute(query("pos", "counts"), {"brand": brand_id, "since": since})
        return dict(rows.fetchall())

    def held(
        self, brand_id: int, ids: Sequence[int], now: int, limit: int
    ) -> Sequence[tuple[str, str, int]]:
        """Return (code, coupon, end) of a person's codes that can be used, first to end first."""
        given = {"brand": brand_id, "ids": list(ids), "now": now, "limit": limit}
        return self._connection.execute(query("pos", "held"), given).fetchall()

    def stores(self, brand_id: int) -> Sequence[str]:
        """Return the stores that sold something lately."""
        return [name for (name,) in self._connection.execute(query("pos", "stores"), (brand_id,))]

    def _one(self, name: str, brand_id: int, order_id: str) -> Receipt | None:
        """Return the sale of a number, if there is one."""
        row = self._connection.execute(query("pos", name), (brand_id, order_id)).fetchone()
        return _receipt(row) if row else None


def _bound(receipt: Receipt) -> dict[str, object]:
    """Return a sale as a query takes it."""
    return {
        "brand_id": receipt.brand_id, "order_id": receipt.order_id, "store": receipt.store,
        "terminal": receipt.terminal, "business_date": receipt.business_date,
        "receipt": receipt.receipt, "state": str(receipt.state), "origin": str(receipt.origin),
        "asked": receipt.asked, "profile_id": receipt.profile_id, "currency": receipt.currency,
        "total": receipt.total, "discount": receipt.discount,
        "points_burnt": receipt.points_burnt,
        "sale": msgspec.json.encode(dict(receipt.sale)).decode(),
        "differences": list(receipt.differences), "occurred_at": receipt.occurred_at,
        "created_at": receipt.created_at, "committed_at": receipt.committed_at,
        "voided_at": receipt.voided_at, "voided_by": receipt.voided_by,
    }  # fmt: skip


def _receipt(row: Sequence[Any]) -> Receipt:
    """Return a stored sale."""
    brand, order_id, store, terminal, day, receipt, state, origin, asked, *rest = row
    profile, currency, total, discount, points, sale, differences, *times = rest
    occurred, created, committed, voided, by = times
    return Receipt(
        brand, order_id, store, terminal, day, receipt, ReceiptState(state), Origin(origin),
        bytes(asked), profile, currency, total, discount, points, sale, tuple(differences),
        occurred, created, committed or 0, voided or 0, by,
    )  # fmt: skip
