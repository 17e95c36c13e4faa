"""Every report says what plain Python says of the same facts, with n and an interval."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.integration.people import BRAND, NOW, event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.events import Kind
from huiliu.kernel.texts import LOCALES, Text, catalogue
from huiliu.kernel.times import DAY, HOUR, as_datetime
from huiliu.ports.world import World
from huiliu.printers.csv import BOM, csv_rows
from huiliu.reports.kinds import REPORTS
from huiliu.reports.report import Report, Span
from huiliu.services.report import report_json, run_report
from huiliu.services.report_schedules import report_file
from huiliu.statistics.proportions import wilson

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = as_datetime(NOW).astimezone(ZONE).date()
YEAR = Span(TODAY - dt.timedelta(days=364), TODAY)


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def day(at: int) -> dt.date:
    """Return the brand's day of an instant."""
    return as_datetime(at).astimezone(ZONE).date()


def bought(world: World) -> dict[str, list[int]]:
    """Let people buy over a year; return when each of them did."""
    dice = random.Random(7)
    found: dict[str, list[int]] = defaultdict(list)
    events = []
    for who in range(45):
        at = NOW - dice.randrange(5, 360) * DAY
        for nth in range(dice.choice([1, 1, 2, 3, 6])):
            at += dice.randrange(0, 60) * DAY + HOUR * nth
            if at >= NOW:
                break
            found[f"u{who}"].append(at)
            about = {"order_id": f"{who}-{nth}", "total": 100, "currency": "CNY"}
            events.append(event(f"user_id:u{who}", name="Order Paid", at=at, properties=about))
    log(world, *events)
    settle(world)
    return found


def cells(report: Report, *names: str) -> list[tuple[object, ...]]:
    """Return some columns of a report's rows."""
    keys = [column.key for column in report.columns]
    return [tuple(row[keys.index(name)] for name in names) for row in report.rows]


def test_cohorts_and_curve_say_what_the_orders_say(asked: World) -> None:
    """Each share is counted again by hand, and carries the interval of its own numbers."""
    orders = bought(asked)
    days = {who: sorted({day(at) for at in times}) for who, times in orders.items()}

    found = run_report(asked, BRAND, "cohort-retention", YEAR)
    told = cells(found, "cohort", "months_later", "first_buyers", "bought_again",
                 "retention", "retention_low", "retention_high")  # fmt: skip
    assert told
    for cohort, later, n, again, share, low, high in told:
        members = [each for each in days.values() if each[0].strftime("%Y-%m") == cohort]
        year, month = (int(part) for part in str(cohort).split("-"))
        assert isinstance(later, int)
        at = year * 12 + month - 1 + later
        back = sum(any(one.year * 12 + one.month - 1 == at for one in each) for each in members)
        assert (n, again, share) == (len(members), back, back / len(members))
        assert (low, high) == wilson(back, len(members))

    found = run_report(asked, BRAND, "repurchase-curve", YEAR)
    assert found.n == len(days)
    for after, watched, share, low, high in cells(
        found, "day", "watched", "returned", "returned_low", "returned_high"
    ):
        expected, left = _kaplan_meier(list(days.values()), after)
        assert share == pytest.approx(expected)
        assert watched == left
        assert low is None or low <= share <= high  # type: ignore[operator] # floats


def _kaplan_meier(each: Sequence[list[dt.date]], after: object) -> tuple[float, int]:
    """Return the share that was back after so many days, and who is watched longer, by hand."""
    assert isinstance(after, int)
    gaps = [((one[1] - one[0]).days, True) if len(one) > 1 else ((TODAY - one[0]).days, False)
            for one in each]  # fmt: skip
    survival = 1.0
    for time in sorted({gap for gap, is_back in gaps if is_back and gap <= after}):
        came = sum(gap == time and is_back for gap, is_back in gaps)
        survival *= 1 - came / sum(gap >= time for gap, _ in gaps)
    return 1 - survival, sum(gap > after for gap, _ in gaps)


def test_fatigue_counts_weeks_of_people_and_whom_they_lost(asked: World) -> None:
    """A week is whole; who says no more in the next week counts, a machine's click does not."""
    dice = random.Random(3)
    begin = NOW - 70 * DAY
    span = Span(day(begin), TODAY - dt.timedelta(days=1))
    midnight = round(dt.datetime.combine(span.first, dt.time(), ZONE).timestamp()) * 1_000_000
    events: list[Any] = []
    facts: list[Any] = []
    for who in range(25):
        for _ in range(dice.randrange(30)):
            at = midnight + dice.randrange(69 * 24) * HOUR
            name = dice.choice(["Message Sent"] * 5 + ["Message Clicked", "Consent Withdrawn"])
            machine = name == "Message Clicked" and dice.random() < 0.3
            about = {"message_id": f"{len(events):032x}", "machine": machine}
            events.append(event(f"user_id:f{who}", name=name, kind=Kind.INTERNAL, at=at,
                                properties=about))  # fmt: skip
            facts.append((who, (at - midnight) // (7 * DAY), name, machine))
    log(asked, *events)
    settle(asked)

    weeks: dict[tuple[int, int], int] = defaultdict(int)
    for who, week, name, _ in facts:
        weeks[who, week] += name == "Message Sent"
    last = span.n_days // 7 - 1
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (who, week), n in weeks.items():
        if not n or week >= last:
            continue
        band = next(word for top, word in _BANDS if n <= top)
        mine = [(at, name, machine) for one, at, name, machine in facts if one == who]
        expected[band][0] += 1
        expected[band][1] += "Message Clicked" in {n for at, n, m in mine if at == week and not m}
        expected[band][2] += any(n == "Consent Withdrawn" and at in {week, week + 1}
                                 for at, n, _ in mine)  # fmt: skip
    found = run_report(asked, BRAND, "fatigue", span)

    told = {
        str(band.arguments["low"]) + "+" if isinstance(band, Text) else str(band): list(numbers)
        for band, *numbers in cells(
            found, "messages_a_week", "person_weeks", "clicked_weeks", "lost_weeks"
        )
    }
    assert told == dict(expected)
    assert found.n == sum(numbers[0] for numbers in expected.values())


_BANDS = ((1, "1"), (2, "2"), (3, "3"), (4, "4"), (6, "5-6"), (9, "7-9"), (10**9, "10+"))


def test_a_report_of_a_brand_without_facts_says_nothing_wrong(asked: World) -> None:
    """It is empty or says what cannot be told; its words are there in both languages."""
    settle(asked)
    for name in REPORTS:
        found = run_report(asked, BRAND, name, YEAR)

        assert found.n == 0, name
        for locale in LOCALES:
            written = json.dumps(report_json(found, locale), allow_nan=False)
            assert not [word for word in written.split('"') if word.startswith("reports.")]
            wanted = [f"reports.{name}", f"reports.{name}.lead", f"reports.n.{found.n_of}"]
            wanted += [f"reports.column.{column.name}" for column in found.columns]
            assert [key for key in wanted if key not in catalogue(locale)] == []


def test_a_report_of_a_shop_is_a_table_a_chart_and_a_file(asked: World) -> None:
    """What the API says can be written as JSON, and the file holds as many rows."""
    bought(asked)
    for name in REPORTS:
        found = run_report(asked, BRAND, name, YEAR)
        said = report_json(found, "zh-CN")
        written = report_file(found, "zh-CN", csv_rows)

        assert json.loads(json.dumps(said, allow_nan=False))["rows"] == said["rows"]
        assert written.startswith(BOM)
        assert len(written.decode("utf-8-sig").splitlines()) == len(found.rows) + 1
        keys = {column["name"] for column in said["columns"]}
        assert all(row.keys() == keys for row in said["rows"]), name
