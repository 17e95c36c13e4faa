"""Reports from answers: what a schedule covers, what a forecast says, what a cell may be."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pyarrow as pa
import pytest

from huiliu.experiments.read_out import Arm, compare
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.reports import clv
from huiliu.reports.kinds import REPORTS
from huiliu.reports.report import Given, Options, Span
from huiliu.reports.schedule import (
    SPANS,
    When,
    next_time,
    parse_report_schedule,
    span_of,
)
from huiliu.statistics.bg_nbd import BgNbd
from huiliu.statistics.repeat_buying import RepeatBuying
from huiliu.statistics.survival_bounds import returned_by
from huiliu.statistics.welch import Sample

SHANGHAI = "Asia/Shanghai"
GOOD = """\
huiliu: 1
kind: report_schedule
slug: weekly-retention
name: {en: Weekly retention, zh-CN: 每周留存}
report: cohort-retention
over: last_365_days
when: {every: week, on: monday, at: "09:00"}
to: {departments: [marketing], roles: [admin], users: [3]}
language: zh-CN
"""


def at(written: str) -> int:
    """Return an instant that is written in Shanghai's time."""
    found = as_instant(written, SHANGHAI)
    assert found is not None
    return found


def test_a_schedule_is_read_with_all_that_it_says() -> None:
    """Its canonical form reads back as the same."""
    found = parse_report_schedule(GOOD)
    assert not isinstance(found, tuple)
    again = parse_report_schedule(found.source)

    assert again == found
    assert (found.report, found.when) == ("cohort-retention", When("week", 0, dt.time(9)))
    assert (found.departments, found.roles, found.users) == (("marketing",), ("admin",), (3,))


def test_everything_that_is_wrong_with_a_schedule_is_told_at_once() -> None:
    """Each problem has its path and line."""
    bad = GOOD.replace("cohort-retention", "horoscope").replace('"09:00"', '"25:00"')
    bad = bad.replace("users: [3]", "users: [ada]").replace("last_365_days", "for_ever")
    found = parse_report_schedule(bad)

    assert isinstance(found, tuple)
    assert {one.path for one in found} == {"report", "over", "when.at", "to.users"}
    assert all(one.line for one in found)


@pytest.mark.parametrize(
    ("when", "after", "due"),
    [
        (When("day", 0, dt.time(9)), "2026-11-22T08:59:00", "2026-11-22T09:00:00"),
        (When("day", 0, dt.time(9)), "2026-11-22T09:00:00", "2026-11-23T09:00:00"),
        (When("week", 0, dt.time(9)), "2026-11-22T12:00:00", "2026-11-23T09:00:00"),
        (When("week", 6, dt.time(9)), "2026-11-22T12:00:00", "2026-11-29T09:00:00"),
        (When("month", 1, dt.time(0)), "2026-11-22T12:00:00", "2026-12-01T00:00:00"),
        (When("month", 28, dt.time(23, 59)), "2027-01-31T12:00:00", "2027-02-28T23:59:00"),
    ],
)
def test_a_report_is_due_when_the_brand_s_clocks_show_it(when: When, after: str, due: str) -> None:
    """Never at the instant itself that it is asked after."""
    assert next_time(when, at(after), SHANGHAI) == at(due)


def test_a_report_of_every_day_is_due_once_on_the_days_that_clocks_change() -> None:
    """Half past two does not exist on the day that clocks go forward: it is made at three."""
    when, berlin = When("day", 0, dt.time(2, 30)), "Europe/Berlin"
    due = as_instant("2026-03-28T02:30:00", berlin) or 0
    seen = []
    for _ in range(3):
        due = next_time(when, due, berlin)
        seen.append(local_datetime(due, berlin).strftime("%m-%d %H:%M"))

    assert seen == ["03-29 03:00", "03-30 02:30", "03-31 02:30"]


@pytest.mark.parametrize(
    ("over", "first", "last"),
    [
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("last_7_days", "2026-11-15", "2026-11-21"),
        ("last_week", "2026-11-09", "2026-11-15"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
    ],
)
def test_a_report_covers_whole_days_before_the_one_that_it_is_made_on(
    over: str, first: str, last: str
) -> None:
    """2026-11-22 is a Sunday."""
    day = dt.date(2026, 11, 22)
    assert span_of(over, day) == Span(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert all(span_of(one, day).last < day for one in SPANS)


def test_the_quarter_before_the_first_lies_in_the_year_before() -> None:
    """January's report of last quarter is October to December."""
    found = span_of("last_quarter", dt.date(2027, 1, 5))
    assert found == Span(dt.date(2026, 10, 1), dt.date(2026, 12, 31))


def test_the_share_that_returned_counts_those_still_watched() -> None:
    """Kaplan-Meier by hand: 1 of 4 at day 2, then 1 of 2 at day 5, after one was let go at 3."""
    found = returned_by([(2, 1, 0), (3, 0, 1), (5, 1, 1)], [1, 2, 5, 6])

    assert [one.share for one in found] == [0, 0.25, 0.625, None]
    assert [one.n for one in found] == [4, 3, 0, 0]


def test_a_curve_s_interval_is_greenwood_s_on_the_log_log_scale() -> None:
    """Freireich's 6-MP group (21 patients): S(10) = 0.753, 95 % 0.503 to 0.889.

    Source: Kleinbaum, Klein, "Survival Analysis" (2012), the remission data.
    """
    came = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
    gone = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
    counts = [(float(t), float(came.get(t, 0)), float(gone.get(t, 0))) for t in {*came, *gone}]
    found = returned_by(counts, [10])[0]

    assert found.share is not None
    assert found.low is not None
    assert found.high is not None
    survival = [1 - found.share, 1 - found.high, 1 - found.low]
    assert [round(one, 3) for one in survival] == [0.753, 0.503, 0.889]


def test_a_forecast_adds_up_to_what_its_model_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bands' values are the model's expectations of their people, priced at their purchases."""
    model = BgNbd(0.24259, 4.41360, 0.79292, 2.42591, -9582.4292)
    monkeypatch.setattr(
        clv, "fit_repeat_buying", lambda _: RepeatBuying("bg-nbd", model, {}, 2_357)
    )
    answers = {"histories": pa.table({
        "x": [0, 2], "recency": [0, 213], "age": [272, 272], "n": [10, 4],
        "value": [350.0, 480.0],
    })}  # fmt: skip
    day = dt.date(2026, 11, 22)
    options = Options(Span(day, day), 0, 1, SHANGHAI, 1, "CNY")
    found = REPORTS["clv"].build(Given(options, {}, answers))

    rows = {row[0]: row for row in found.rows}
    assert rows.keys() == {"1", "3"}
    assert (rows["1"][4], rows["3"][4]) == (35.0, 40.0)
    for row in found.rows:
        assert row[6] == pytest.approx(row[5] * row[1])  # type: ignore[operator] # figures
    assert rows["1"][2] == 1.0
    assert 0 < rows["3"][2] < 1  # type: ignore[operator] # figures
    assert rows["3"][3] > rows["1"][3]  # type: ignore[operator] # figures


def test_a_brand_with_few_buyers_is_told_that_nothing_can_be_told() -> None:
    """No forecast of a handful of people is shown."""
    answers = {"histories": pa.table({
        "x": [0], "recency": [0], "age": [10], "n": [3], "value": [30.0],
    })}  # fmt: skip
    day = dt.date(2026, 11, 22)
    options = Options(Span(day, day), 0, 1, SHANGHAI, 1, "CNY")
    found = REPORTS["clv"].build(Given(options, {}, answers))

    assert found.chart is None
    assert [row[5] for row in found.rows] == [None]
    assert "reports.note.no_model" in {one.key for one in found.notes}


def test_an_experiment_s_rows_carry_intervals_and_say_what_cannot_be_told() -> None:
    """A clear difference is told, a small one says how many more it takes, a bad split nothing."""
    control = Arm("e", "plain", "bought", Sample(10_000, 500, 500))
    arms = [Arm("e", name, "bought", Sample(10_000, k, k))
            for name, k in (("gift", 800), ("words", 505))]  # fmt: skip
    compared = [compare(control, arm) for arm in arms]
    one = SimpleNamespace(
        name={"en": "Words", "zh-CN": "文案"}, slug="words", state="running", people=30_000,
        is_blocked=False, lines=[SimpleNamespace(metric="bought", role="goal",
                                                 comparisons=compared)],
    )  # fmt: skip
    blocked = SimpleNamespace(**{**vars(one), "is_blocked": True})
    day = dt.date(2026, 11, 22)
    options = Options(Span(day, day), 0, 1, SHANGHAI, 1, "CNY")
    found = REPORTS["experiments"].build(Given(options, {"experiments": [one, blocked]}))

    keys = [column.key for column in found.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in found.rows]
    assert [row["arm"] for row in rows] == ["gift", "words"] * 2
    assert [row["verdict"].key for row in rows] == [  # type: ignore[union-attr] # texts
        "reports.verdict.told", "reports.verdict.more_needed",
        "reports.verdict.blocked", "reports.verdict.blocked",
    ]  # fmt: skip
    assert rows[0]["difference"] == pytest.approx(0.03)
    assert rows[0]["difference_low"] == pytest.approx(0.03 - compared[0].half)
    assert rows[2]["difference"] is None
