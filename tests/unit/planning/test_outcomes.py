"""Figures are read as platforms write them, from forms and from their tables."""

from __future__ import annotations

import pytest

from huiliu.planning.outcomes import Outcome, added, engagement, read_figures, read_rows


def table(*rows: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a comma-separated table, numbered from 1."""
    return [(nth, row.split(";")) for nth, row in enumerate(rows, 1)]


@pytest.mark.parametrize(
    ("written", "number"),
    [("1.2万", 12_000), ("3,456", 3_456), ("12k", 12_000), ("1.5W", 15_000), ("10万+", 100_000),
     ("0", 0), (" 17 ", 17), ("1，234", 1_234), ("0.3亿", 30_000_000)],
)  # fmt: skip
def test_numbers_are_read_as_platforms_write_them(written: str, number: int) -> None:
    """With thousands, and with the words of either language."""
    assert read_figures({"views": written}, "CNY") == Outcome({"views": number})


@pytest.mark.parametrize("written", ["many", "1.5", "-3", "1e9", "1,23", "9999999999999999", "①"])
def test_what_is_no_whole_number_is_refused(written: str) -> None:
    """Half a view does not exist."""
    found = read_figures({"views": written}, "CNY")

    assert isinstance(found, tuple)
    assert [(one.path, one.text.key) for one in found] == [("views", "content.no_number")]


def test_money_is_kept_in_minor_units_with_its_currency() -> None:
    """And what nobody said stays unsaid instead of becoming nought."""
    assert read_figures({"orders": 3, "revenue": "¥1,299.50", "likes": ""}, "CNY") == Outcome(
        {"orders": 3}, 129_950, "CNY"
    )
    assert read_figures({"revenue": "1000", "currency": "jpy"}, "CNY") == Outcome({}, 1_000, "JPY")


def test_a_form_without_any_figure_is_refused() -> None:
    """As is one with fields that nobody knows."""
    empty, strange = read_figures({"likes": ""}, "CNY"), read_figures({"smiles": "3"}, "CNY")

    assert [one.text.key for one in empty] == ["content.no_figures"]  # type: ignore[union-attr] # a tuple
    assert [one.text.key for one in strange] == ["content.unknown"]  # type: ignore[union-attr] # a tuple


def test_a_table_of_a_platform_is_read_by_its_headings() -> None:
    """In Chinese or English, with units in brackets, beside columns that mean nothing."""
    rows, problems = read_rows(
        table(
            "笔记标题;体裁;播放量(次);点赞数;New followers;成交金额;日期",
            "晨间护肤;视频;1.2万;345;12;¥99.9;2026/12/1",
            "晚间护肤;图文;-;7;;;2026年12月2日",
        ),
        "CNY",
    )  # fmt: skip

    assert problems == []
    assert [(one.line, dict(one.names), one.day) for one in rows] == [
        (2, {"title": "晨间护肤"}, "2026-12-01"), (3, {"title": "晚间护肤"}, "2026-12-02"),
    ]  # fmt: skip
    assert rows[0].outcome == Outcome(
        {"views": 12_000, "likes": 345, "followers": 12}, 9_990, "CNY"
    )
    assert rows[1].outcome == Outcome({"likes": 7})


def test_a_table_says_all_that_is_wrong_with_its_lines() -> None:
    """A bad number, a bad day and a row about nothing are told together."""
    _, problems = read_rows(
        table("id;likes;day", "a;lots;2026-12-01", "b;3;2026-02-31", ";3;"), "CNY"
    )
    _, header = read_rows(table("colour;size", "red;3"), "CNY")

    assert [(one.line, one.text.key) for one in problems] == [
        (2, "content.no_number"), (3, "content.no_date"), (4, "content.nameless_row"),
    ]  # fmt: skip
    assert {one.text.key for one in header} == {
        "content.no_name_column", "content.no_figure_column",
    }  # fmt: skip


def test_engagement_is_what_people_did_by_view() -> None:
    """Without views, or without anything done, nobody can say."""
    assert engagement({"views": 1_000, "likes": 30, "saves": 15, "shares": 5}) == 0.05
    assert engagement({"likes": 30}) is None
    assert engagement({"views": 10}) is None


def test_figures_add_up_and_a_peak_is_the_highest() -> None:
    """Two audiences of 80 and 120 at once were never 200."""
    both = [Outcome({"views": 5, "peak": 80}), Outcome({"views": 7, "peak": 120, "likes": 1})]

    assert added(both) == {"views": 12, "peak": 120, "likes": 1}
