"""Exchanges of points in PostgreSQL."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import astuple
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.exchanges import ExchangeFilter, ExchangeRow
from huiliu.stores.queries import query

__all__ = ["PostgresExchanges"]

#: Later than any exchange.
_EVER: Final = ((1 << 63) - 1, b"")


class PostgresExchanges:
    """Exchanges, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def claim(self, brand_id: int, catalogue: str, item: str, profile_id: int, most: int) -> bool:
        """Take one of what is left, for a person or (0) of the stock; False = none is left."""
        found = self._connection.execute(query("exchanges", "claim"), {
            "brand": brand_id, "catalogue": catalogue, "item": item, "profile": profile_id,
            "most": most,
        }).fetchone()  # fmt: skip
        return found is not None

    def release(self, brand_id: int, catalogue: str, item: str, profile_id: int) -> None:
        """Give one back."""
        self._connection.execute(
            query("exchanges", "release"), (brand_id, catalogue, item, profile_id)
        )

    def taken(self, brand_id: int, catalogue: str) -> Mapping[str, int]:
        """Return item -> how many are taken."""
        return self.taken_by(brand_id, catalogue, 0)

    def taken_by(self, brand_id: int, catalogue: str, profile_id: int) -> Mapping[str, int]:
        """Return item -> how many one person took."""
        rows = self._connection.execute(
            query("exchanges", "taken"), (brand_id, catalogue, profile_id)
        )
        return dict(rows.fetchall())

    def add(self, brand_id: int, row: ExchangeRow) -> bool:
        """Write an exchange down; False = its key was used before."""
        found = self._connection.execute(query("exchanges", "add"), (brand_id, *astuple(row)))
        return found.fetchone() is not None

    def settle(self, brand_id: int, row: ExchangeRow) -> None:
        """Write what became of an exchange."""
        self._connection.execute(query("exchanges", "settle"), (
            row.code, row.state, row.changed_at, row.by, row.reason, brand_id, row.exchange_id
        ))  # fmt: skip

    def find(self, brand_id: int, exchange_id: bytes, *, locked: bool) -> ExchangeRow | None:
        """Return an exchange; None = there is none."""
        name = "find_locked" if locked else "find"
        found = self._connection.execute(
            query("exchanges", name), (brand_id, exchange_id)
        ).fetchone()
        return ExchangeRow(*found) if found else None

    def list(
        self, brand_id: int, wanted: ExchangeFilter, limit: int
    ) -> builtins.list[ExchangeRow]:  # fmt: skip
        """Return exchanges, newest first."""
        before_at, before_id = wanted.before or _EVER
        rows = self._connection.execute(query("exchanges", "list"), {
            "brand": brand_id, "anybody": not wanted.profile_ids,
            "profiles": builtins.list(wanted.profile_ids) or [0], "catalogue": wanted.catalogue,
            "item": wanted.item, "state": wanted.state, "before_at": before_at,
            "before_id": before_id, "limit": limit,
        })  # fmt: skip
        return [ExchangeRow(*row) for row in rows]
