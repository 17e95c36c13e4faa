"""The document `kind: report_schedule`: which report, when, over which days, to whom."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import local_datetime, next_local_time
from huiliu.reports.kinds import REPORTS
from huiliu.reports.report import Span

__all__ = [
    "KIND",
    "SPANS",
    "ReportSchedule",
    "When",
    "next_time",
    "parse_report_schedule",
    "parsed_report_schedule",
    "span_of",
]

KIND: Final = "report_schedule"
EVERY: Final = ("day", "week", "month")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: The days before the day on which it is made.
SPANS: Final = (
    "yesterday", "last_7_days", "last_28_days", "last_90_days", "last_365_days", "last_week",
    "last_month", "last_quarter",
)  # fmt: skip
_FIELDS: Final = frozenset({*HEADER, "report", "over", "when", "to", "language"})
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_ROLLING: Final = re.compile(r"last_(\d+)_days")
_ROLES: Final = ("admin", "marketer", "service", "viewer")
_MOST_USERS: Final = 1_000_000_000
_LAST_DAY: Final = 28


@dataclass(frozen=True, slots=True)
class When:
    """When it is made, by the brand's clocks."""

    #: day, week or month.
    every: str
    #: Of a week: 0 = Monday; of a month: 1 to 28.
    on: int
    at: dt.time


@dataclass(frozen=True, slots=True)
class ReportSchedule:
    """One schedule as it is live."""

    slug: str
    name: Mapping[str, str]
    note: str
    report: str
    #: A word of `SPANS`.
    over: str
    when: When
    #: Users of these departments, of these roles, and these users.
    departments: tuple[str, ...]
    roles: tuple[str, ...]
    users: tuple[int, ...]
    #: "" = each reader's own.
    language: str
    #: Canonical YAML.
    source: str


def parse_report_schedule(source: str | bytes) -> ReportSchedule | tuple[Problem, ...]:
    """Return the schedule of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    report = fields.choice("report", tuple(REPORTS))
    over = fields.choice("over", SPANS)
    when = _when(fields)
    departments, roles, users = _whom(fields)
    language = fields.choice("language", LOCALES, LOCALES[0]) if "language" in fields.tree else ""
    if fields.problems or header is None or when is None:
        return tuple(fields.problems)
    return ReportSchedule(
        header.slug, header.name, header.note, report, over, when, departments, roles, users,
        language, dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=256)
def parsed_report_schedule(source: str) -> ReportSchedule:
    """Return the schedule of a stored source; raise BadInput where it is understood no more."""
    found = parse_report_schedule(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _when(fields: Fields) -> When | None:
    """Return `when: {every: week, on: monday, at: "09:00"}`."""
    inner = fields.below("when")
    if inner is None:
        if "when" not in fields.tree:
            fields.wrong("when", "reports.no_when")
        return None
    inner.only({"every", "on", "at"})
    every = inner.choice("every", EVERY)
    written = inner.word("at", is_needed=True, most=5)
    found = _TIME.fullmatch(written)
    if found is None:
        if written:
            inner.wrong("at", "reports.no_time")
        return None
    on: int | None = 0
    if every == "week":
        on = WEEKDAYS.index(inner.choice("on", WEEKDAYS, WEEKDAYS[0]))
    elif every == "month":
        on = inner.whole("on", 1, _LAST_DAY) if "on" in inner.tree else 1
    elif "on" in inner.tree:
        inner.wrong("on", "reports.every_day")
    return None if on is None else When(every, on, dt.time(int(found[1]), int(found[2])))


def _whom(fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]:
    """Return `to: {departments: [marketing], roles: [admin], users: [3]}`."""
    inner = fields.below("to")
    if inner is None:
        if "to" not in fields.tree:
            fields.wrong("to", "reports.to_nobody")
        return (), (), ()
    inner.only({"departments", "roles", "users"})
    departments = inner.choices("departments", DEPARTMENTS)
    roles = inner.choices("roles", _ROLES)
    users = inner.tree.get("users", [])
    if not isinstance(users, list) or not all(
        type(one) is int and 0 < one < _MOST_USERS for one in users
    ):
        inner.wrong("users", "reports.no_users")
        users = []
    if not (departments or roles or users) and not fields.problems:
        inner.wrong("", "reports.to_nobody")
    return departments, roles, tuple(dict.fromkeys(one for one in users if type(one) is int))


def next_time(when: When, after: int, zone: str) -> int:
    """Return the first instant after another one at which a report is due."""
    found = next_local_time(after + 1, zone, when.at)
    while not _is_day(when, local_datetime(found, zone).date()):
        found = next_local_time(found + 1, zone, when.at)
    return found


def _is_day(when: When, day: dt.date) -> bool:
    """Say whether it is made on a day."""
    if when.every == "week":
        return day.weekday() == when.on
    return when.every == "day" or day.day == when.on


def span_of(over: str, day: dt.date) -> Span:
    """Return the days that a report covers which is made on a day: whole ones before it."""
    yesterday = day - dt.timedelta(days=1)
    rolling = _ROLLING.fullmatch(over)
    if rolling is not None:
        return Span(day - dt.timedelta(days=int(rolling[1])), yesterday)
    if over == "yesterday":
        return Span(yesterday, yesterday)
    if over == "last_week":
        monday = day - dt.timedelta(days=day.weekday() + 7)
        return Span(monday, monday + dt.timedelta(days=6))
    first = day.replace(day=1)
    if over == "last_quarter":
        first = first.replace(month=(first.month - 1) // 3 * 3 + 1)
    last = first - dt.timedelta(days=1)
    months = 3 if over == "last_quarter" else 1
    begin = last.replace(day=1)
    for _ in range(months - 1):
        begin = (begin - dt.timedelta(days=1)).replace(day=1)
    return Span(begin, last)
