"""Reports by schedule: when each is due next, and what was made of it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec

__all__ = ["ReportRun", "ReportScheduleStore", "ScheduleRow"]


class ScheduleRow(msgspec.Struct, frozen=True):
    """When a schedule is due."""

    brand_id: int
    schedule: str
    #: Of the document that `next_at` is from; an edited one is counted anew.
    version: int
    next_at: int
    #: Tries of this occasion that failed.
    n_failures: int = 0
    #: Not tried again before this.
    retry_at: int = 0


class ReportRun(msgspec.Struct, frozen=True):
    """One report as it was made."""

    brand_id: int
    schedule: str
    #: The instant that it was due.
    run_at: int
    version: int
    report: str
    first: dt.date
    last: dt.date
    locale: str
    #: The CSV file.
    content: bytes
    made_at: int


class ReportScheduleStore(Protocol):
    """Schedules of reports, inside one transaction."""

    def adoptable(self) -> list[tuple[int, str, int]]:
        """Return (brand_id, schedule, version) of documents in use whose time is not counted."""
        ...

    def put(self, row: ScheduleRow) -> None:
        """Write when a schedule is due."""
        ...

    def take_due(self, now: int) -> ScheduleRow | None:
        """Lock and return one that is due and in use; None = none is."""
        ...

    def all(self, brand_id: int) -> dict[str, ScheduleRow]:
        """Return schedule -> when it is due."""
        ...

    def add_run(self, run: ReportRun) -> bool:
        """Write what was made; False = it was made before."""
        ...

    def run(self, brand_id: int, schedule: str, run_at: int) -> ReportRun:
        """Return one with its file; raise NotFound."""
        ...

    def runs(self, brand_id: int, schedule: str, limit: int) -> list[ReportRun]:
        """Return what was made, newest first, without the files."""
        ...
