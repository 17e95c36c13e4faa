"""Arms of experiments and holdouts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.assignments import Assigned, AssignmentRow, ScopeRow
from huiliu.stores.queries import query

__all__ = ["PostgresAssignments"]


class PostgresAssignments:
    """Arms that were drawn, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def of_people(
        self, brand_id: int, scopes: Collection[str], profiles: Collection[int]
    ) -> Mapping[tuple[str, int], Assigned]:
        """Return (scope, present profile) -> the earliest arm of any id that the person had."""
        if not scopes or not profiles:
            return {}
        values = {"brand": brand_id, "scopes": sorted(scopes), "people": sorted(profiles)}
        rows = self._connection.execute(query("assignments", "of_people"), values).fetchall()
        return {(row[0], row[1]): Assigned(*row[2:]) for row in rows}

    def add(self, brand_id: int, rows: Sequence[AssignmentRow]) -> Collection[tuple[int, str]]:
        """Write rows that are not there yet; return (profile, scope) of those that were new."""
        if not rows:
            return ()
        began: dict[str, int] = {}
        for row in rows:
            began[row.scope] = min(row.at, began.get(row.scope, row.at))
        self._connection.execute(
            query("assignments", "add_scopes"),
            {"brand": brand_id, "scopes": list(began), "at": list(began.values())},
        )
        values = {
            "brand": brand_id,
            "people": [row.profile_id for row in rows],
            "scopes": [row.scope for row in rows],
            "arms": [row.arm for row in rows],
            "propensities": [row.propensity for row in rows],
            "at": [row.at for row in rows],
        }
        added = self._connection.execute(query("assignments", "add"), values).fetchall()
        return {(row[0], row[1]) for row in added}

    def of_person(self, brand_id: int, profiles: Collection[int]) -> Sequence[AssignmentRow]:
        """Return every row of these ids, the oldest first."""
        values = (brand_id, sorted(profiles))
        rows = self._connection.execute(query("assignments", "of_person"), values).fetchall()
        return [AssignmentRow(*row) for row in rows]

    def listed(
        self, brand_id: int, scope: str, arm: str, limit: int, before: tuple[int, int]
    ) -> Sequence[AssignmentRow]:
        """Return a page of an arm's rows, the newest first, before (at, profile_id)."""
        values = (brand_id, scope, arm, *before, limit)
        rows = self._connection.execute(query("assignments", "listed"), values).fetchall()
        return [AssignmentRow(*row) for row in rows]

    def counts(self, brand_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return scope -> arm -> how many ids were drawn into it."""
        found: dict[str, dict[str, int]] = {}
        for scope, arm, n in self._connection.execute(
            query("assignments", "counts"), (brand_id,)
        ).fetchall():
            found.setdefault(scope, {})[arm] = n
        return found

    def by_day(self, brand_id: int, scope: str, zone: str) -> Sequence[tuple[str, str, int]]:
        """Return (day, arm, how many were drawn), by a zone's clocks."""
        values = {"brand": brand_id, "scope": scope, "zone": zone}
        rows = self._connection.execute(query("assignments", "by_day"), values).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def scopes(self, brand_id: int) -> Mapping[str, ScopeRow]:
        """Return every experiment and holdout that somebody was asked about."""
        rows = self._connection.execute(query("assignments", "scopes"), (brand_id,)).fetchall()
        return {row[0]: ScopeRow(*row) for row in rows}

    def open_scopes(self, prefix: str) -> Sequence[tuple[int, str]]:
        """Return (brand_id, scope) of every brand's scopes of a kind that go on."""
        rows = self._connection.execute(query("assignments", "open_scopes"), (prefix,)).fetchall()
        return [(row[0], row[1]) for row in rows]

    def end_scopes(self, brand_id: int, scopes: Collection[str], now: int) -> int:
        """Note that these are over; return how many went on until now."""
        values = (now, brand_id, sorted(scopes))
        return self._connection.execute(query("assignments", "end_scopes"), values).rowcount

    def release(
        self, brand_id: int, scope: str, profiles: Collection[int], now: int, by: str, reason: str
    ) -> int:
        """Let held-out ids go; return how many were held."""
        values = {
            "brand": brand_id, "scope": scope, "people": sorted(profiles), "at": now, "by": by,
            "reason": reason,
        }  # fmt: skip
        return self._connection.execute(query("assignments", "release"), values).rowcount
