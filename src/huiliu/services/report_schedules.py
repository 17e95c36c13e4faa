"""Makes reports when they are due, once each, and queues the letters to those who get them.

The file, the letters and the next time are written in one transaction under the schedule's lock:
who dies before it leaves nothing, who dies after it has left everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from msgspec import structs

from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Unavailable
from huiliu.kernel.texts import LOCALES
from huiliu.kernel.times import HOUR, MINUTE, local_datetime
from huiliu.ports.accounts import User
from huiliu.ports.documents import Document
from huiliu.ports.notices import Delivery, NewDelivery
from huiliu.ports.report_schedules import ReportRun, ScheduleRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.reports.report import Report
from huiliu.reports.schedule import (
    KIND,
    ReportSchedule,
    next_time,
    parsed_report_schedule,
    span_of,
)
from huiliu.services.notify import notify
from huiliu.services.report import report_lines, run_report
from huiliu.services.system_mail import house_account

__all__ = [
    "ScheduleView",
    "list_schedules",
    "make_due_reports",
    "preview_schedule",
    "readers_of",
    "remove_schedule",
    "report_file",
    "schedule_run",
    "show_schedule",
]

#: Writes a CSV file; the shell's printers know how.
Writer: TypeAlias = Callable[[Sequence[str], Iterable[Sequence[object]]], Iterator[bytes]]

#: After so many failed tries an occasion is given up, and said to be.
_TRIES: Final = 5
_PAUSE: Final = 2 * MINUTE
_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """One schedule, when it is due, who gets it, and what was made."""

    schedule: ReportSchedule
    version: int
    next_at: int
    readers: Sequence[User]
    #: Whether there is an e-mail account that letters can go through.
    can_mail: bool = True
    runs: Sequence[ReportRun] = ()
    letters: Sequence[Delivery] = ()


def make_due_reports(world: World, limit: int, *, write: Writer) -> int:
    """Make one report that is due; return how many schedules were looked at."""
    del limit
    n_new = _adopt(world)
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.report_schedules.take_due(now)
        if row is None:
            return n_new
        document = tx.documents.latest(row.brand_id, KIND, row.schedule)
        schedule = _read(tx, world, document)
        if schedule is None:
            tx.report_schedules.put(structs.replace(row, retry_at=now + HOUR))
            return n_new + 1
        try:
            _make(tx, world, row, schedule, document.version, write)
        except (EngineFailed, Unavailable, BadInput, NotFound) as fault:
            _failed(tx, world, row, schedule, fault)
    return n_new + 1


def _adopt(world: World) -> int:
    """Count the time of schedules that are new or were edited."""
    with world.store.system() as tx:
        n_read = 0
        for brand_id, slug, version in tx.report_schedules.adoptable():
            schedule = _read(tx, world, tx.documents.latest(brand_id, KIND, slug))
            # What cannot be read stays without a time, so it is counted as soon as it can be.
            if schedule is not None:
                due = next_time(schedule.when, world.clock.now(), world.zone)
                tx.report_schedules.put(ScheduleRow(brand_id, slug, version, due))
                n_read += 1
    return n_read


def _read(tx: Tx, world: World, document: Document) -> ReportSchedule | None:
    """Return what a stored schedule says; None = it is understood no more, which is told once."""
    fault = _fault_of(document)
    if fault is None:
        return parsed_report_schedule(document.source)
    facts = {"schedule": document.slug, "where": fault.problems[0].path or document.slug}
    notify(
        tx, world, document.brand_id, "report_unreadable", facts, address="/report-schedules",
        key=f"report_unreadable/{document.slug}/{document.version}",
    )  # fmt: skip
    return None


def _fault_of(document: Document) -> BadInput | None:
    """Return why a stored schedule is not understood; None = it is."""
    try:
        parsed_report_schedule(document.source)
    except BadInput as fault:
        return fault
    return None


def _make(
    tx: Tx, world: World, row: ScheduleRow, schedule: ReportSchedule, version: int, write: Writer
) -> None:
    """Make the report of an occasion, queue its letters, and count the next time."""
    now = world.clock.now()
    # What was missed while nothing ran is made once, for the last time that it was due.
    due, later = row.next_at, next_time(schedule.when, row.next_at, world.zone)
    while later <= now:
        due, later = later, next_time(schedule.when, later, world.zone)
    span = span_of(schedule.over, local_datetime(due, world.zone).date())
    report = run_report(world, row.brand_id, schedule.report, span)
    content = report_file(report, schedule.language or LOCALES[0], write)
    run = ReportRun(
        row.brand_id, row.schedule, due, version, schedule.report, span.first, span.last,
        schedule.language, content, now,
    )  # fmt: skip
    if tx.report_schedules.add_run(run):
        letters = [
            NewDelivery(f"report/{row.schedule}/{due}/{user.user_id}", "email", str(user.user_id),
                        schedule=row.schedule, run_at=due)
            for user in readers_of(tx, row.brand_id, schedule)
        ]  # fmt: skip
        tx.notices.queue(row.brand_id, letters, now)
    tx.report_schedules.put(ScheduleRow(row.brand_id, row.schedule, version, later))


def report_file(report: Report, locale: str, write: Writer) -> bytes:
    """Return a report's CSV file."""
    head, rows = report_lines(report, locale)
    return b"".join(write(head, rows))


def _failed(
    tx: Tx, world: World, row: ScheduleRow, schedule: ReportSchedule, fault: Exception
) -> None:
    """Try again in a while; after the last try say so and wait for the next time."""
    now = world.clock.now()
    if row.n_failures + 1 < _TRIES:
        n_failures = row.n_failures + 1
        again = structs.replace(row, n_failures=n_failures, retry_at=now + _PAUSE * n_failures)
        tx.report_schedules.put(again)
        return
    later = next_time(schedule.when, now, world.zone)
    tx.report_schedules.put(structs.replace(row, next_at=later, n_failures=0, retry_at=0))
    facts = {
        "report": f"text:reports.{schedule.report}",
        "schedule": row.schedule,
        "cause": type(fault).__name__,
    }
    notify(
        tx, world, row.brand_id, "report_failed", facts,
        address=f"/report-schedules/{row.schedule}",
        key=f"report_failed/{row.schedule}/{row.next_at}",
    )  # fmt: skip


def readers_of(tx: Tx, brand_id: int, schedule: ReportSchedule) -> list[User]:
    """Return the users who get a report, each once."""
    return [
        user
        for user in tx.accounts.users(brand_id)
        if user.department in schedule.departments
        or user.role in schedule.roles
        or user.user_id in schedule.users
    ]


def list_schedules(world: World, brand_id: int) -> list[ScheduleView]:
    """Return every schedule in use that is understood, what is due first first."""
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, KIND) if one.state == "live"]
        found = [_view(tx, world, one) for one in documents if _fault_of(one) is None]
    return sorted(found, key=lambda one: (one.next_at, one.schedule.slug))


def show_schedule(world: World, brand_id: int, slug: str) -> ScheduleView:
    """Return one schedule with what was made; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        document = _in_use(tx, brand_id, slug)
        found = _view(tx, world, document)
        return replace(
            found,
            runs=tx.report_schedules.runs(brand_id, slug, _SHOWN),
            letters=tx.notices.deliveries(brand_id, schedule=slug),
        )


def preview_schedule(world: World, brand_id: int, schedule: ReportSchedule) -> ScheduleView:
    """Return when a schedule that is being written would be due, and who would get it."""
    due = next_time(schedule.when, world.clock.now(), world.zone)
    with world.store.transaction(brand_id) as tx:
        readers = readers_of(tx, brand_id, schedule)
        can_mail = house_account(tx, world, brand_id) is not None
    return ScheduleView(schedule, 0, due, readers, can_mail)


def schedule_run(world: World, brand_id: int, slug: str, run_at: int) -> ReportRun:
    """Return what was made on one occasion, with its file; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return tx.report_schedules.run(brand_id, slug, run_at)


def remove_schedule(world: World, brand_id: int, slug: str) -> None:
    """Take a schedule out of use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        _in_use(tx, brand_id, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")


def _view(tx: Tx, world: World, document: Document) -> ScheduleView:
    """Return a schedule and when it is due."""
    schedule = parsed_report_schedule(document.source)
    row = tx.report_schedules.all(document.brand_id).get(schedule.slug)
    if row is not None and row.version == document.version:
        next_at = row.next_at
    else:
        next_at = next_time(schedule.when, world.clock.now(), world.zone)
    readers = readers_of(tx, document.brand_id, schedule)
    can_mail = house_account(tx, world, document.brand_id) is not None
    return ScheduleView(schedule, document.version, next_at, readers, can_mail)


def _in_use(tx: Tx, brand_id: int, slug: str) -> Document:
    """Return a document in use; raise NotFound."""
    found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    return found
