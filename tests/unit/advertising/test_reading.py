"""Audiences, clicks and tables of costs are read as people and consoles write them."""

from __future__ import annotations

from huiliu.advertising.audience import AdAudience, parse_audience
from huiliu.advertising.clicks import clicks_in
from huiliu.advertising.people import Spend
from huiliu.advertising.sheet import read_spend

AUDIENCE = """\
huiliu: 1
kind: ad_audience
slug: lapsed-buyers
name:
  zh-CN: 沉睡买家
account: douyin-main
segment: lapsed
identifiers:
  - phone
"""


def test_an_audience_is_written_back_as_it_was_read() -> None:
    """The canonical form reads itself."""
    found = parse_audience(AUDIENCE)
    assert isinstance(found, AdAudience)
    assert (found.account, found.segment, found.identifiers) == (
        "douyin-main",
        "lapsed",
        ("phone",),
    )
    assert found.source == AUDIENCE


def test_everything_that_is_wrong_with_an_audience_is_said_at_once() -> None:
    """Each with its line."""
    found = parse_audience(AUDIENCE.replace("phone", "fax").replace("account:", "acount:"))
    assert isinstance(found, tuple)
    assert sorted((one.path, one.line) for one in found) == [
        ("account", 1),
        ("acount", 6),
        ("identifiers", 8),
    ]


def test_clicks_are_found_where_pages_leave_them() -> None:
    """In the campaign, in the page's address, in the properties; the best of a platform first."""
    context = {
        "campaign": {"clickid": "oe-1"},
        "page": {"url": "https://s.example/?gbraid=b&gclid=g"},
    }
    assert clicks_in({"ttclid": "tt"}, context) == [
        ("ocean_engine", "clickid", "oe-1"),
        ("google_ads", "gclid", "g"),
        ("tiktok", "ttclid", "tt"),
    ]


def test_a_shy_word_counts_only_beside_its_source() -> None:
    """`callback` means something else in most addresses."""
    url = "https://s.example/?callback=jsonp1"
    assert clicks_in({}, {"page": {"url": url}}) == []
    assert clicks_in({}, {"page": {"url": f"{url}&utm_source=kuaishou"}}) == [
        ("kuaishou", "callback", "jsonp1")
    ]


def test_a_table_of_costs_is_read_with_the_headings_of_chinese_consoles() -> None:
    """Whole minor units, thousands marks and all."""
    header = ["日期", "项目ID", "项目名称", "消耗(元)", "展示数", "点击数", "转化数"]
    rows = [(2, ["2026/11/21", "77", "双十一", "1,234.50", "10,000", "321", "9"])]
    found, problems = read_spend(header, rows, "CNY")
    assert problems == []
    assert found == [Spend("2026-11-21", "77", "双十一", "CNY", 123450, 10_000, 321, 9)]


def test_every_row_that_cannot_be_read_is_named_with_its_line() -> None:
    """All of them at once, so that a file is mended in one go."""
    rows = [(2, ["yesterday", "5"]), (3, ["2026-11-21", "much"]), (5, ["2026-11-22", "-1"])]
    found, problems = read_spend(["Day", "Cost"], rows, "USD")
    assert found == []
    assert [(one.path, one.line) for one in problems] == [("day", 2), ("cost", 3), ("cost", 5)]


def test_a_table_without_its_columns_is_refused() -> None:
    """It says which are missing."""
    _, problems = read_spend(["Campaign"], [], "USD")
    assert [one.text.arguments["missing"] for one in problems] == ["day, cost"]
