"""Schedules come at the right instant, for the right people, in every zone."""

# ruff: noqa: ISC004 - a document a line, however long
from __future__ import annotations

from itertools import pairwise

import pytest

from huiliu.conditions import Surroundings
from huiliu.journeys import Entry, parse, parsed
from huiliu.journeys.schedules import Schedule
from huiliu.kernel.facts import Facts
from huiliu.kernel.times import as_instant, show_instant

SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"
HEAD = """huiliu: 1
kind: journey
slug: j
name: {en: J}
nodes: {x: {type: exit}}
entry:
"""


def entry(written: str, zone: str = SHANGHAI) -> Entry:
    """Return the entry of a journey."""
    return parsed(HEAD + written, Surroundings(zone=zone)).entry


def schedule(written: str, zone: str = SHANGHAI) -> Schedule:
    """Return the schedule of a journey."""
    found = entry(written, zone).schedule
    assert found is not None
    return found


def comes(found: Schedule, after: str, n: int, zone: str = SHANGHAI) -> list[str]:
    """Return the next instants of a schedule, as far as there are any."""
    at, times = instant(after), []
    for _ in range(n):
        occasion = found.next(at, zone)
        if occasion is None:
            break
        times.append(show_instant(occasion.at).removesuffix(":00Z"))
        at = occasion.at
    return times


def instant(written: str) -> int:
    """Return an instant of UTC."""
    found = as_instant(written)
    assert found is not None
    return found


def test_once_comes_once_at_each_persons_own_time() -> None:
    """Ten in the morning is another instant in Berlin, under the same name."""
    found = schedule("  once: 2026-12-01T10:00\n  among: everyone")

    assert found.local
    assert comes(found, "2026-11-22", 3) == ["2026-12-01T02:00"]
    assert comes(found, "2026-11-22", 3, BERLIN) == ["2026-12-01T09:00"]
    ids = {found.next(0, zone) for zone in (SHANGHAI, BERLIN)}
    assert {one.id for one in ids if one} == {"2026-12-01T10:00"}
    assert found.next(instant("2026-12-01T02:00"), SHANGHAI) is None


def test_a_zone_by_name_or_the_brands_is_the_same_for_everybody() -> None:
    """Where people live makes no difference then."""
    brand = schedule("  once: 2026-12-01T10:00\n  zone: brand\n  among: everyone", BERLIN)
    named = schedule("  once: 2026-12-01T10:00\n  zone: Asia/Tokyo\n  among: everyone")

    assert not brand.local
    assert comes(brand, "2026-11-22", 1, SHANGHAI) == ["2026-12-01T09:00"]
    assert comes(named, "2026-11-22", 1, BERLIN) == ["2026-12-01T01:00"]


@pytest.mark.parametrize(
    ("written", "after", "found"),
    [
        ("  every: day\n  at: 10:00", "2026-02-27T03:00",
         ["2026-02-28T02:00", "2026-03-01T02:00"]),
        ("  every: week\n  on: [thu, mon]\n  at: 10:00", "2026-11-22",
         ["2026-11-23T02:00", "2026-11-26T02:00", "2026-11-30T02:00"]),
        ("  every: month\n  on: [-1, 1]\n  at: 00:00", "2028-01-30",
         ["2028-01-30T16:00", "2028-01-31T16:00", "2028-02-28T16:00"]),
        ("  every: month\n  on: [31]\n  at: 10:00", "2026-01-31T03:00",
         ["2026-03-31T02:00", "2026-05-31T02:00"]),
        ("  every: FREQ=MONTHLY;BYDAY=-1FR\n  at: 18:00", "2026-11-01",
         ["2026-11-27T10:00", "2026-12-25T10:00"]),
        ("  every: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29\n  at: 09:00", "2026-01-01",
         ["2028-02-29T01:00", "2032-02-29T01:00"]),
        ("  every: FREQ=WEEKLY;INTERVAL=2;BYDAY=MO\n  from: 2026-11-02\n  at: 10:00", "2026-11-10",
         ["2026-11-16T02:00", "2026-11-30T02:00"]),
        ("  every: FREQ=DAILY;COUNT=3\n  from: 2026-11-20\n  at: 10:00", "2026-11-20T02:00",
         ["2026-11-21T02:00", "2026-11-22T02:00"]),
        ("  every: day\n  from: 2026-12-01\n  until: 2026-12-02\n  at: 10:00", "2026-11-01",
         ["2026-12-01T02:00", "2026-12-02T02:00"]),
    ],
)  # fmt: skip
def test_a_rule_comes_round_on_its_days(written: str, after: str, found: list[str]) -> None:
    """Days, weeks, months and rules; ends of months and leap days among them."""
    assert comes(schedule(f"{written}\n  among: everyone"), after, len(found)) == found


def test_clocks_that_are_set_leave_no_gap_and_no_double() -> None:
    """Half past two does not come on the day it is skipped, and comes once when it is twice."""
    found = schedule("  every: day\n  at: 02:30\n  among: everyone")

    assert comes(found, "2026-03-28T12:00", 2, BERLIN) == ["2026-03-29T01:00", "2026-03-30T00:30"]
    assert comes(found, "2026-10-24T12:00", 2, BERLIN) == ["2026-10-25T00:30", "2026-10-26T01:30"]


def test_a_birthday_finds_the_people_of_the_day() -> None:
    """The day of the occasion, moved by the offset, whichever way the trait is written."""
    found = schedule(
        "  anniversary: {trait: birth_month_day, offset: -3d, at: 09:00}\n"
        "  among: {condition: {trait: city, is: 上海}}"
    )
    occasion = found.next(instant("2026-05-13T12:00"), SHANGHAI)
    assert occasion is not None
    among = found.audience(occasion)

    def whose(day: str, city: str = "上海") -> bool:
        return among.holds(Facts(1, {"birth_month_day": day, "city": city}), occasion.at)

    assert occasion.id == "2026-05-14T09:00"
    assert whose("05-17")
    assert whose("--05-17")
    assert whose("1990-05-17")
    assert whose("1990-05-17T08:00:00Z")
    assert not whose("05-18")
    assert not whose("1990-05-175")
    assert not whose("05-17", "北京")


@pytest.mark.parametrize(
    ("leap_day", "year", "day", "kept"),
    [
        ("before", 2027, "02-28", True), ("before", 2027, "03-01", False),
        ("after", 2027, "02-28", False), ("after", 2027, "03-01", True),
        ("before", 2028, "02-28", False), ("before", 2028, "02-29", True),
        ("after", 2028, "03-01", False),
    ],
)  # fmt: skip
def test_a_leap_day_is_kept_once_in_every_year(
    leap_day: str, year: int, day: str, kept: bool
) -> None:
    """Who was born on 29 February has a birthday in every year, and one only."""
    found = schedule(
        f"  anniversary: {{trait: b, at: 09:00, leap_day: {leap_day}}}\n  among: everyone"
    )
    occasion = found.next(instant(f"{year}-{day}") - 1, SHANGHAI)
    assert occasion is not None
    assert occasion.id == f"{year}-{day}T09:00"

    assert found.audience(occasion).holds(Facts(1, {"b": "1992-02-29"}), occasion.at) == kept


def test_a_festival_comes_with_its_offset() -> None:
    """The eve of the Mid-Autumn Festival, three years of it."""
    found = schedule("  festival: {name: mid_autumn, offset: -1d, at: 10:00}\n  among: everyone")

    assert comes(found, "2026-01-01", 3) == [
        "2026-09-24T02:00", "2027-09-14T02:00", "2028-10-02T02:00",
    ]  # fmt: skip


def test_a_year_without_a_festival_is_passed_over() -> None:
    """Laba came twice in 2022 and not in 2023."""
    found = schedule("  festival: {name: laba, at: 10:00}\n  among: everyone")

    assert comes(found, "2022-01-11", 2) == ["2022-12-30T02:00", "2024-01-18T02:00"]


def test_a_holiday_comes_on_its_first_day() -> None:
    """One of them, or all; beyond the data there is none any more."""
    one = schedule("  holiday: {country: CN, name: National Day, at: 08:00}\n  among: everyone")
    every = schedule("  holiday: {country: US}\n  among: everyone")

    assert comes(one, "2026-01-01", 2) == ["2026-10-01T00:00", "2027-10-01T00:00"]
    assert len(comes(every, "2025-12-31T16:00", 11, "UTC")) == 11
    assert comes(one, "2400-01-01", 1) == []


def test_occasions_of_a_year_are_in_order_and_never_twice() -> None:
    """Whatever the schedule, each answer lies after the question."""
    for written in (
        "  every: day\n  at: 02:30", "  every: week\n  on: [sun]\n  at: 00:00",
        "  anniversary: {trait: b}", "  holiday: {country: CN}", "  festival: {name: qixi}",
    ):  # fmt: skip
        found = schedule(f"{written}\n  among: everyone")
        times = comes(found, "2026-01-01", 400, BERLIN)
        assert all(one < two for one, two in pairwise(times))


@pytest.mark.parametrize(
    ("written", "path", "key"),
    [
        ("  once: 2026-12-01\n  among: everyone", "entry.once", "journeys.want_local_moment"),
        ("  once: 2026-13-01T10:00\n  among: everyone", "entry.once",
         "journeys.want_local_moment"),
        ("  once: 2026-12-01T10:00", "entry.among", "journeys.no_among"),
        ("  once: 2026-12-01T10:00\n  among: {}", "entry.among", "journeys.want_one_of"),
        ("  once: 2026-12-01T10:00\n  among: everyone\n  zone: Mars/Base", "entry.zone",
         "journeys.want_zone"),
        ("  once: 2026-12-01T10:00\n  among: everyone\n  throttle: fast", "entry.throttle",
         "journeys.want_throttle"),
        ("  once: 2026-12-01T10:00\n  among: everyone\n  again: never", "entry.again",
         "journeys.unknown_field"),
        ("  every: fortnight\n  at: 10:00\n  among: everyone", "entry.every",
         "journeys.want_rule"),
        ("  every: FREQ=HOURLY\n  at: 10:00\n  among: everyone", "entry.every",
         "journeys.want_rule"),
        ("  every: FREQ=DAILY;BYMONTH=2\n  at: 10:00\n  among: everyone", "entry.every",
         "journeys.rule_part"),
        ("  every: FREQ=DAILY;INTERVAL=2\n  at: 10:00\n  among: everyone", "entry.every",
         "journeys.rule_from"),
        ("  every: FREQ=MONTHLY\n  at: 10:00\n  among: everyone", "entry.every",
         "journeys.rule_from"),
        ("  every: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n  at: 10:00\n  among: everyone",
         "entry.every", "journeys.rule_never"),
        ("  every: week\n  at: 10:00\n  among: everyone", "entry.on", "journeys.want_on"),
        ("  every: week\n  on: [someday]\n  at: 10:00\n  among: everyone", "entry.on",
         "journeys.want_weekday"),
        ("  every: month\n  on: [32]\n  at: 10:00\n  among: everyone", "entry.on",
         "journeys.want_month_days"),
        ("  every: day\n  on: [mon]\n  at: 10:00\n  among: everyone", "entry.on",
         "journeys.on_without_week"),
        ("  every: day\n  at: 25:00\n  among: everyone", "entry.at", "journeys.want_clock"),
        ("  every: day\n  at: 10:00\n  from: soon\n  among: everyone", "entry.from",
         "journeys.want_date"),
        ("  festival: {name: groundhog}\n  among: everyone", "entry.festival.name",
         "journeys.unknown_festival"),
        ("  festival: {name: qixi, offset: 12h}\n  among: everyone", "entry.festival.offset",
         "journeys.want_days"),
        ("  holiday: {country: ZZ}\n  among: everyone", "entry.holiday.country",
         "journeys.unknown_country"),
        ("  holiday: {country: CN, name: Groundhog}\n  among: everyone", "entry.holiday.name",
         "journeys.unknown_holiday"),
        ("  anniversary: {at: 09:00}\n  among: everyone", "entry.anniversary.trait",
         "journeys.want_word"),
        ("  anniversary: {trait: 'a\"b'}\n  among: everyone", "entry.anniversary.trait",
         "journeys.want_word"),
        ("  once: 2026-12-01T10:00\n  event: X\n  among: everyone", "entry",
         "journeys.two_entries"),
        ("  segment: {entered: vip, exited: vip}", "entry.segment", "journeys.want_one_of"),
        ("  segment: {entered: Not A Slug}", "entry.segment.entered", "journeys.want_slug"),
        ("  api: false", "entry.api", "journeys.want_true"),
        ("  list: vip", "entry.list", "journeys.not_a_map"),
        ("  place: {entered: ''}", "entry.place.entered", "journeys.want_word"),
    ],
)  # fmt: skip
def test_a_fault_of_an_entry_is_told_with_its_path_and_line(
    written: str, path: str, key: str
) -> None:
    """Whoever mistypes learns where."""
    journey, problems = parse(HEAD + written)

    assert journey is None
    assert (path, key) in {(found.path, found.text.key) for found in problems}
    assert all(found.line >= 6 for found in problems)


@pytest.mark.parametrize(
    "written",
    [
        "  once: 2026-12-01T10:00\n  zone: brand\n  among:\n    list: vip\n  throttle: 5000/h",
        "  every: week\n  on:\n    - mon\n    - thu\n  at: 10:00\n  from: 2026-01-01\n"
        "  until: 2026-12-31\n  among: everyone",
        "  anniversary:\n    trait: birth_month_day\n    offset: -3d\n    at: 09:00\n"
        "    leap_day: after\n  among:\n    segment: vip",
        "  festival:\n    name: qixi\n    offset: 1d\n    at: 09:00\n  zone: Asia/Tokyo\n"
        "  among:\n    condition:\n      trait: city\n      is: 上海",
        "  holiday:\n    country: CN\n    name: any\n    at: 09:00\n  among: everyone",
        "  segment:\n    exited: vip\n  again: 30d",
        "  list:\n    entered: vip\n  again: never",
        "  api: true\n  where:\n    - property: total\n      above: 5\n  key: order_id",
        "  place:\n    left: store-1",
    ],
)
def test_an_entry_is_printed_as_it_was_read(written: str) -> None:
    """Parse and print are inverse on canonical text."""
    journey = parsed(HEAD + written)

    assert f"entry:\n{written}\n" in journey.source()
    assert parsed(journey.source()).entry == journey.entry
    assert str(journey.entry.sentence())


def test_entries_that_are_sugar_name_the_event_that_begins_a_run() -> None:
    """Everything else then works as with an event that was written."""
    segment = entry("  segment: {entered: vip}")
    called = entry("  api: true\n  where: [{property: total, above: 5}]")
    place = parsed(HEAD + "  place: {entered: store-1}")

    assert segment.event == "Segment Entered"
    assert segment.where is not None
    assert segment.where.hold({"segment": "vip"})
    assert not segment.where.hold({"segment": "other"})
    assert called.event == "Journey Called"
    assert called.where is not None
    assert called.where.hold({"journey": "j", "total": 6})
    assert not called.where.hold({"journey": "other", "total": 6})
    assert not called.where.hold({"journey": "j", "total": 5})
    assert place.max_event_age == 15 * 60 * 1_000_000


def test_an_unknown_segment_is_refused() -> None:
    """A journey that waits for nobody is a mistake."""
    around = Surroundings(resolver=lambda slug: {} if slug == "vip" else None)

    for written in (
        "  segment: {entered: vpi}",
        "  once: 2026-12-01T10:00\n  among: {segment: vpi}",
    ):
        _, problems = parse(HEAD + written, around)
        assert [found.text.key for found in problems] == ["conditions.unknown_segment"]
    assert parse(HEAD + "  segment: {entered: vip}", around)[1] == ()
