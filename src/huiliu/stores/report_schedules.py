"""Reports by schedule in PostgreSQL."""

from __future__ import annotations

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.report_schedules import ReportRun, ScheduleRow
from huiliu.stores.queries import query

__all__ = ["PostgresReportSchedules"]


class PostgresReportSchedules:
    """Schedules of reports, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def adoptable(self) -> list[tuple[int, str, int]]:
        """Return (brand_id, schedule, version) of documents in use whose time is not counted."""
        rows = self._connection.execute(query("report_schedules", "adoptable")).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def put(self, row: ScheduleRow) -> None:
        """Write when a schedule is due."""
        self._connection.execute(query("report_schedules", "put"), msgspec.structs.astuple(row))

    def take_due(self, now: int) -> ScheduleRow | None:
        """Lock and return one that is due and in use; None = none is."""
        row = self._connection.execute(
            query("report_schedules", "take_due"), {"now": now}
        ).fetchone()
        return ScheduleRow(*row) if row else None

    def all(self, brand_id: int) -> dict[str, ScheduleRow]:
        """Return schedule -> when it is due."""
        rows = self._connection.execute(query("report_schedules", "all"), (brand_id,))
        return {row[1]: ScheduleRow(*row) for row in rows}

    def add_run(self, run: ReportRun) -> bool:
        """Write what was made; False = it was made before."""
        done = self._connection.execute(
            query("report_schedules", "add_run"), msgspec.structs.astuple(run)
        )
        return done.rowcount > 0

    def run(self, brand_id: int, schedule: str, run_at: int) -> ReportRun:
        """Return one with its file; raise NotFound."""
        row = self._connection.execute(
            query("report_schedules", "run"), (brand_id, schedule, run_at)
        ).fetchone()
        if row is None:
            raise NotFound("report", f"{schedule}/{run_at}")
        return ReportRun(*row)

    def runs(self, brand_id: int, schedule: str, limit: int) -> list[ReportRun]:
        """Return what was made, newest first, without the files."""
        rows = self._connection.execute(
            query("report_schedules", "runs"), (brand_id, schedule, limit)
        )
        return [ReportRun(*row) for row in rows]
