"""Sums over the ledger of points in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.times import DAY
from huiliu.ports.points_board import Flow, PointsTotals
from huiliu.rewards.liability import GROUPS, SPAN_DAYS, Earned, Open, Used
from huiliu.stores.queries import query

__all__ = ["PostgresPointsBoard"]

_SPAN: Final = SPAN_DAYS * DAY


class PostgresPointsBoard:
    """Sums over the ledger of points, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def totals(self, brand_id: int) -> PointsTotals:
        """Return what is out."""
        found = self._connection.execute(query("points_board", "totals"), (brand_id,)).fetchone()
        assert found is not None
        return PointsTotals(*found)

    def earned(self, brand_id: int, since: int, until: int) -> Sequence[tuple[str, Decimal]]:
        """Return (channel, points) of what was earned in a span, most first."""
        rows = self._connection.execute(query("points_board", "earned"), (brand_id, since, until))
        return [(channel, points) for channel, points in rows]

    def flows(self, brand_id: int, since: int, until: int) -> Sequence[Flow]:
        """Return where points went that left their lots in a span, most first."""
        rows = self._connection.execute(query("points_board", "flows"), (brand_id, since, until))
        return [Flow(*row) for row in rows]

    def lots(self, brand_id: int, now: int) -> Sequence[Earned]:
        """Return what was ever earned, by group of people and age."""
        rows = self._connection.execute(query("points_board", "lots"), _asked(brand_id, now))
        return [Earned(*row) for row in rows]

    def uses(self, brand_id: int, now: int) -> Sequence[Used]:
        """Return what ever left its lot, by group of people and ages."""
        rows = self._connection.execute(query("points_board", "uses"), _asked(brand_id, now))
        return [Used(*row) for row in rows]

    def open(self, brand_id: int, now: int) -> Sequence[Open]:
        """Return what is out, by age and what is left of its life."""
        asked = {"brand": brand_id, "now": now, "span": _SPAN}
        rows = self._connection.execute(query("points_board", "open"), asked)
        return [Open(*row) for row in rows]


def _asked(brand_id: int, now: int) -> dict[str, int]:
    """Return what both statements over lots are told."""
    return {"brand": brand_id, "now": now, "span": _SPAN, "groups": GROUPS}
