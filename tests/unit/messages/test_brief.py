"""A brief holds each fact once, and writes it as every language does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.kernel.errors import BadInput
from huiliu.kernel.money import Money
from huiliu.messages.brief import Day, Percent, Price, Words, brief_values, parse_brief
from huiliu.messages.figures import figures, plain
from huiliu.messages.numerals import read_number
from huiliu.messages.writing import write_day, write_money, write_number

BRIEF = """\
huiliu: 1
kind: brief
slug: spring
name: {en: Spring}
channels: [email, sms]
locales: [zh-CN, en]
facts:
  price: {price: 1299.5, currency: CNY}
  off: {off: 15}
  back: {percent: 5}
  ends: {date: 2026-03-08 20:00}
  code: {code: SPRING26}
  free: {claim: {zh-CN: 满299元包邮, en: Free shipping over 299}, never: {en: [final sale]}}
"""
LOCALES = ("zh-CN", "en", "en-US", "de", "fr", "es", "it", "pt", "ja")


def problems(source: str) -> list[tuple[str, str, int]]:
    """Return (path, key, line) of everything wrong with a brief."""
    with pytest.raises(BadInput) as caught:
        parse_brief(source)
    return [(one.path, one.text.key, one.line) for one in caught.value.problems]


def test_a_brief_is_read_with_every_kind_of_fact():
    """Amounts are exact, times are wall clocks, words are by language."""
    brief = parse_brief(BRIEF)

    assert brief.facts["price"] == Price(Money(129950, "CNY"))
    assert brief.facts["off"] == Percent(Decimal(15), is_off=True)
    assert brief.facts["ends"] == Day(dt.date(2026, 3, 8), dt.time(20))
    free = brief.facts["free"]
    assert isinstance(free, Words)
    assert free.in_locale("en-GB") == "Free shipping over 299"
    assert free.in_locale("de") == "满299元包邮"
    assert parse_brief(brief.source).source == brief.source


def test_facts_are_written_as_a_language_writes_them():
    """Chinese discounts are 折, American months come first, German decimals have a comma."""
    brief = parse_brief(BRIEF)
    zh, us, de = (brief_values(brief, locale) for locale in ("zh-CN", "en-US", "de"))

    assert (zh["price"], us["price"], de["price"]) == ("¥1,299.50", "¥1,299.50", "1.299,50 ¥")
    assert (zh["off"], zh["off_zhe"], us["off_number"]) == ("15%", "8.5折", "15")
    assert zh["ends"] == "3月8日 20:00"
    assert us["ends"] == "March 8 8 pm"
    assert de["ends"] == "8. März 20:00"
    assert zh["ends_iso"] == "2026-03-08T20:00"
    assert "back_zhe" not in zh


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{price: 1299.5, currency: CNY}", "{price: 1299.5}",
         ("facts.price.price", "briefs.currency", 8)),
        ("{price: 1299.5, ", "{price: 1.005, ", ("facts.price.price", "briefs.price", 8)),
        ("{price: 1299.5, ", "{price: -1, ", ("facts.price.price", "briefs.price", 8)),
        ("{off: 15}", "{off: 101}", ("facts.off.off", "briefs.percent", 9)),
        ("{off: 15}", "{off: true}", ("facts.off.off", "briefs.percent", 9)),
        ("2026-03-08 20:00", "2026-02-30", ("facts.ends.date", "briefs.date", 11)),
        ("{code: SPRING26}", "{code: 'a b'}", ("facts.code.code", "briefs.code", 12)),
        ("{code: SPRING26}", "{}", ("facts.code", "briefs.fact", 12)),
        ("{code: SPRING26}", "{code: A1, price: 2}", ("facts.code", "briefs.fact", 12)),
        ("{code: SPRING26}", "{code: A1, colour: red}", ("facts.code", "briefs.unknown_field", 12)),
        ("  code:", "  Code:", ("facts.Code", "briefs.name", 12)),
        ("[final sale]", "final sale", ("facts.free.never", "briefs.bad_never", 13)),
        ("[email, sms]", "[pigeon]", ("channels[0]", "briefs.channels", 5)),
        ("[zh-CN, en]", "[zh CN]", ("locales[0]", "briefs.locales", 6)),
        ("slug: spring", "slug: spring\nprice: 9", ("price", "briefs.unknown_field", 4)),
    ],
)  # fmt: skip
def test_every_fault_of_a_brief_is_told_with_its_path_and_line(
    old: str, new: str, expected: tuple[str, str, int]
):
    """An editor can put the mark beside the fault."""
    assert old in BRIEF

    assert expected in problems(BRIEF.replace(old, new, 1))


def test_a_brief_without_facts_is_none():
    """There is nothing to tell."""
    assert ("facts", "briefs.facts", 7) in problems(BRIEF[: BRIEF.index("  price")])


@given(
    minor=st.integers(1, 10**9),
    currency=st.sampled_from(["CNY", "USD", "EUR", "GBP", "JPY", "HKD"]),
    locale=st.sampled_from(LOCALES),
)
def test_an_amount_is_read_back_as_it_was_written(minor: int, currency: str, locale: str):
    """So a rendering that uses the brief's own words never contradicts it."""
    money = Money(minor, currency)

    found = figures(plain(f"x {write_money(money, locale)}."), locale)

    assert [(one.kind, one.meanings[0][1]) for one in found] == [("price", money.major)]


@given(day=st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)), locale=st.sampled_from(LOCALES))
def test_a_day_is_read_back_as_it_was_written(day: dt.date, locale: str):
    """In every language that has its months here."""
    found = figures(plain(f"x {write_day(day, locale)}."), locale)

    assert [(one.kind, one.meanings[0][2:]) for one in found] == [("date", (day.month, day.day))]


@pytest.mark.parametrize(
    ("written", "locale", "number"),
    [
        ("1,299", "en", "1299"), ("1.299", "de", "1299"), ("1.299,50", "de", "1299.50"),
        ("1,299.50", "zh", "1299.50"), ("9,9", "fr", "9.9"), ("9.9", "zh", "9.9"),
        ("1.299", "en", "1.299"), ("1,2万", "de", "12000"), ("2k", "en", "2000"),
        ("一百九十九", "zh", "199"), ("一百二", "zh", "120"), ("一百零二", "zh", "102"),
        ("二〇二六", "zh", "2026"), ("八点五", "zh", "8.5"), ("八五", "zh", "85"),
        ("一万二千", "zh", "12000"), ("十", "zh", "10"), ("二十", "zh", "20"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written: str, locale: str, number: str):
    """The language says what a dot is; Chinese characters count."""
    assert read_number(written, locale) == Decimal(number)


def test_a_whole_number_has_no_decimals():
    """20 is written 20, whatever it was computed from."""
    assert write_number(Decimal("20.0"), "en") == "20"
    assert write_number(Decimal("8.50"), "zh") == "8.5"
