"""Backtests in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.backtests import BacktestRow
from huiliu.stores.queries import query

__all__ = ["PostgresBacktests"]


class PostgresBacktests:
    """The BacktestStore of one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def ask(self, row: BacktestRow) -> int:
        """Store a backtest that waits; return its number."""
        found = self._one("ask", **msgspec.structs.asdict(row))
        assert found is not None
        return int(found[0])

    def get(self, brand_id: int, backtest_id: int) -> BacktestRow:
        """Return a backtest; raise NotFound."""
        found = self._one("get", brand=brand_id, id=backtest_id)
        if found is None:
            raise NotFound("backtest", str(backtest_id))
        return BacktestRow(*found)

    def latest(self, brand_id: int, journey: str, limit: int) -> Sequence[BacktestRow]:
        """Return backtests without their reports, newest first; of one journey if it is named."""
        values = {"brand": brand_id, "journey": journey, "limit": limit}
        rows = self._connection.execute(query("backtests", "latest"), values).fetchall()
        return [BacktestRow(*row) for row in rows]

    def take(self, now: int, gone_before: int) -> BacktestRow | None:
        """Lock the first one that waits and let it run; None where one runs or none waits."""
        values = {"now": now, "gone_before": gone_before}
        self._connection.execute(query("backtests", "bury"), values)
        if self._one("running") is not None:
            return None
        found = self._one("take", now=now)
        return None if found is None else BacktestRow(*found)

    def tell(self, brand_id: int, backtest_id: int, n_done: int, n_all: int, now: int) -> bool:
        """Say how far one has come; False = it was cancelled."""
        found = self._one(
            "tell", brand=brand_id, id=backtest_id, n_done=n_done, n_all=n_all, now=now
        )
        return found is not None

    def end(self, brand_id: int, backtest_id: int, result: bytes, fault: str, now: int) -> None:
        """Say that one is done, or why it failed; one that was cancelled stays so."""
        values = {"brand": brand_id, "id": backtest_id, "result": result, "fault": fault,
                  "now": now}  # fmt: skip
        self._connection.execute(query("backtests", "end"), values)

    def cancel(self, brand_id: int, backtest_id: int, now: int) -> bool:
        """Let one that is not over end; False = it was over."""
        return self._one("cancel", brand=brand_id, id=backtest_id, now=now) is not None

    def _one(self, name: str, **values: Any) -> TupleRow | None:
        """Return the one row of a query, or None."""
        return self._connection.execute(query("backtests", name), values).fetchone()
