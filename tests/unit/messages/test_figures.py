"""Prices, percentages, dates and codes are found however they are written, and nothing else."""

from __future__ import annotations

import pytest

from huiliu.messages.figures import figures, plain


def found(written: str, locale: str) -> list[tuple[str, str]]:
    """Return (kind, meaning) of the figures of a text."""
    shown = []
    for one in figures(plain(written), locale):
        _, *more = one.meanings[0]
        shown.append((one.kind, " ".join(str(each) for each in more).strip()))
    return sorted(shown)


@pytest.mark.parametrize(
    ("written", "locale", "meaning"),
    [
        ("现价￥９９．００", "zh-CN", ("price", "99.00")),
        ("只要99元", "zh-CN", ("price", "99")),
        ("九块九包邮", "zh-CN", ("price", "9.9 CNY")),
        ("一百九十九元", "zh-CN", ("price", "199")),
        ("低至9.9", "zh-CN", ("price", "9.9")),
        ("9.9包邮", "zh-CN", ("price", "9.9")),
        ("满300", "zh-CN", ("price", "300")),
        ("立减50", "zh-CN", ("price", "50")),
        ("1.2万元", "zh-CN", ("price", "12000.0")),
        ("港币88", "zh-CN", ("price", "88 HKD")),
        ("now $1,299.00", "en", ("price", "1299.00")),
        ("US$20", "en", ("price", "20 USD")),
        ("20 euros", "en", ("price", "20 EUR")),
        ("CNY 99", "en", ("price", "99 CNY")),
        ("only 9.99", "en", ("price", "9.99")),
        ("20,00 €", "fr", ("price", "20.00 EUR")),
        ("1\u202f299,50 €", "fr", ("price", "1299.50 EUR")),
        ("900円", "ja", ("price", "900 JPY")),
        ("20% off", "en", ("percent", "20")),
        ("20 Prozent", "de", ("percent", "20")),
        ("百分之二十", "zh-CN", ("percent", "20")),
        ("八五折", "zh-CN", ("percent", "15")),
        ("8.5折", "zh-CN", ("percent", "15.0")),
        ("85折", "zh-CN", ("percent", "15")),
        ("半价", "zh-CN", ("percent", "50")),
        ("half price", "en", ("percent", "50")),
        ("2026-03-08", "en", ("date", "2026 3 8")),
        ("2026年3月8日", "zh-CN", ("date", "2026 3 8")),
        ("三月八号", "zh-CN", ("date", "0 3 8")),
        ("8th of March 2026", "en", ("date", "2026 3 8")),
        ("Mar 8", "en", ("date", "0 3 8")),
        ("8. März", "de", ("date", "0 3 8")),
        ("08.03.2026", "de", ("date", "2026 3 8")),
        ("le 8 mars", "fr", ("date", "0 3 8")),
        ("3/8/26", "en-US", ("date", "2026 3 8")),
        ("8/3", "en-GB", ("date", "0 3 8")),
        ("优惠码：SPRING26", "zh-CN", ("code", "SPRING26")),
        ("with code SUMMER at", "en", ("code", "SUMMER")),
        ("code: save10", "en", ("code", "save10")),
    ],
)  # fmt: skip
def test_a_figure_is_found_in_each_way_of_writing_it(
    written: str, locale: str, meaning: tuple[str, str]
):
    """Full width, words, signs before and behind, other orders."""
    assert found(written, locale) == [meaning]


@pytest.mark.parametrize(
    ("written", "locale", "meanings"),
    [
        ("99-199元", "zh-CN", [("price", "199"), ("price", "99")]),
        ("$20 to $30", "en", [("price", "20"), ("price", "30")]),
        ("3.1-3.8", "zh-CN", [("date", "0 3 1"), ("date", "0 3 8")]),
        ("1-8 March", "en", [("date", "0 3 1"), ("date", "0 3 8")]),
        ("3月1日至8日", "zh-CN", [("date", "0 3 1"), ("date", "0 3 8")]),
        ("满299减50", "zh-CN", [("price", "299"), ("price", "50")]),
    ],
)
def test_both_ends_of_a_range_are_figures(
    written: str, locale: str, meanings: list[tuple[str, str]]
):
    """A wrong end is as wrong as a wrong price."""
    assert found(written, locale) == meanings


@pytest.mark.parametrize(
    ("written", "locale"),
    [
        ("24小时在线，24/7", "zh-CN"), ("满18岁可购，满3件", "zh-CN"), ("仅剩3件", "zh-CN"),
        ("只需3天，2个人", "zh-CN"), ("三折叠手机", "zh-CN"), ("元素周期表，5元素", "zh-CN"),
        ("code below, use the code at checkout", "en"), ("open 24/7", "en"),
        ("only 3 left, for 2 people", "en"), ("May we help you? In March we did.", "en"),
        ("4.5 stars, 5/5 stars", "en"), ("version 3.8", "zh-CN"), ("13800000000", "zh-CN"),
        ("订单 A-1001", "zh-CN"), ("Reply STOP", "en"), ("第3期，8点开始", "zh-CN"),
    ],
)  # fmt: skip
def test_other_numbers_are_no_figures(written: str, locale: str):
    """Who writes about people, hours and pieces is left in peace."""
    assert [one for one in found(written, locale) if one[0] != "code"] == []
