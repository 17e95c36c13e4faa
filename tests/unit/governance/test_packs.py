"""The engine of rule packs: how texts are read, what excuses a find, what is told of a pack."""

from __future__ import annotations

import pytest

from huiliu.governance.packs import Checker, Content, Finding, Override, guess_content, parse_pack
from huiliu.kernel.errors import BadInput

PACK = """\
huiliu: 1
kind: pack
slug: house
name: {en: House}
owner: us
reviewed: '2026-01-01'
review_due: '2026-06-01'
sources: {book: {title: Our book}}
applies: {countries: [CN], languages: [zh]}
default: {channel: sms}
rules:
  - rule: newest
    severity: block
    says: {en: Not newest}
    source: book
    find: {patterns: ['最新']}
    unless: {patterns: ['最新发货时间']}
  - rule: vx
    severity: warn
    says: {en: No contacts}
    source: book
    find: {words: [VX]}
  - rule: sign
    severity: block
    says: {en: Sign it}
    source: book
    applies: {channels: [sms]}
    must: {patterns: ['【[^】]+】'], where: start}
  - rule: figures
    severity: warn
    says: {en: Say the source}
    source: book
    find: {patterns: ['\\d+%']}
    when: {words: [用户]}
    without: {words: [来源]}
  - rule: shouting
    severity: warn
    says: {en: No capitals}
    source: book
    cased: true
    parts: [subject]
    find: {patterns: ['\\b[A-Z]{4,}\\b']}
"""


def found(text: str, channel: str = "email", locale: str = "zh", **more: str) -> list[Finding]:
    """Return what the pack objects to."""
    content = Content({"text": text, **more}, channel, "marketing", locale)
    return Checker([parse_pack(PACK)]).check(content)


def names(text: str, channel: str = "email", locale: str = "zh", **more: str) -> list[str]:
    """Return the rules that object."""
    return [one.rule.name for one in found(text, channel, locale, **more)]


@pytest.mark.parametrize(
    "text", ["最新款", "最 新 款", "最·新款", "最\u200b新款", "最★新款", "最🔥新款"]
)
def test_a_word_is_found_however_it_is_spelled(text: str) -> None:
    """Spaces, dots, stars, pictures and hidden characters do not hide it."""
    assert names(text) == ["newest"]


def test_a_context_excuses_only_what_stands_inside_it() -> None:
    """The phrase is fine, the same word elsewhere in the text is not."""
    assert names("最新发货时间是今天") == []
    assert [one.start for one in found("最新发货时间是今天，最新款")] == [10]


def test_what_was_found_is_told_as_it_was_typed() -> None:
    """The quote and its place are of the original, whatever was left out to find it."""
    (one,) = found("看：最 新 款")
    assert (one.start, one.end, one.quote) == (2, 5, "最 新")


def test_letters_are_found_as_words_in_any_case_and_width() -> None:
    """VX, vx and full width are one; a longer word is another."""
    assert names("加vx吧") == names("加ＶＸ吧") == ["vx"]
    assert names("vxyz") == []


def test_what_has_to_be_there_is_asked_for_where_it_belongs() -> None:
    """Only of text messages, and at the start."""
    assert names("新品【店】", "sms") == ["sign"]
    assert names("【店】新品", "sms") == names("新品", "email") == []


def test_a_rule_can_ask_for_and_against_other_words() -> None:
    """Looked for only where people are spoken of, and not where the source stands."""
    assert names("98%的用户满意") == ["figures"]
    assert names("98%棉") == names("98%的用户满意（来源：问卷）") == []


def test_capitals_are_seen_where_a_rule_asks_for_them() -> None:
    """As it was typed, and only in the part that the rule names."""
    assert names("SALE", subject="BIG SALE now") == ["shouting"]
    assert found("x", subject="最 BIG SALE")[0].start == 6


@pytest.mark.parametrize(
    ("locale", "country", "holds"),
    [("zh-CN", "", True), ("zh", "", True), ("en", "", False), ("en", "CN", True),
     ("zh", "US", False), ("zh-TW", "", False)],
)  # fmt: skip
def test_the_reader_says_which_pack_holds(locale: str, country: str, holds: bool) -> None:
    """The country of the number, else the region of the language, else the language."""
    content = Content({"text": "最新款"}, "email", "marketing", locale, country)
    assert bool(Checker([parse_pack(PACK)]).check(content)) == holds


def test_an_override_allows_a_phrase_in_one_document_until_it_ends() -> None:
    """Other words, other documents and later days are objected to as before."""
    checker = Checker([parse_pack(PACK)])
    allowed = [Override(7, "house", "newest", "最新牌", "template a", until=10)]

    def blocked(text: str, subject: str = "template a", now: int = 5) -> list[bool]:
        content = Content({"text": text}, "email", "marketing", "zh")
        seen = checker.check(content, allowed, subject=subject, now=now)
        return [one.blocks for one in seen]

    assert blocked("最新牌衬衫") == [False]
    assert blocked("最新牌衬衫，最新款") == [False, True]
    assert blocked("最新牌衬衫", subject="template b") == [True]
    assert blocked("最新牌衬衫", now=11) == [True]


def test_all_that_is_wrong_with_a_pack_is_told_at_once() -> None:
    """Dates, sources, patterns, severities: each with its path and line."""
    broken = (
        PACK.replace("owner: us", "owner: ''").replace("'2026-06-01'", "'2025-06-01'")
        .replace("'最新'", "'(最新'").replace("severity: warn", "severity: maybe", 1)
        .replace("source: book\n    find: {words: [VX]}", "source: none\n    find: {}")
        .replace("[A-Z]{4,}", "[a-z")
    )  # fmt: skip
    with pytest.raises(BadInput) as refused:
        parse_pack(broken + "colour: red\n")

    paths = {one.path for one in refused.value.problems}
    assert {"owner", "review_due", "colour", "rules[0].find.patterns[0]", "rules[1].severity",
            "rules[1].source", "rules[1]", "rules[4].find.patterns[0]"} <= paths  # fmt: skip
    assert all(one.line for one in refused.value.problems)


def test_patterns_are_written_as_texts_are_read() -> None:
    """A capital or a full-width mark in a pattern would never be found: it is refused."""
    with pytest.raises(BadInput) as refused:
        parse_pack(PACK.replace("'最新'", "'最新，NEW'"))

    assert [one.text.key for one in refused.value.problems] == ["packs.not_plain"]


def test_a_text_that_says_nothing_of_itself_is_guessed() -> None:
    """News of an order is service, an offer is marketing, a subject line makes it mail."""
    pack = parse_pack(PACK)

    def guess(text: str) -> tuple[str, str]:
        made = guess_content(Content({"text": text}), pack)
        return made.channel, made.message_class

    assert guess("您的订单已发货") == ("sms", "service")
    assert guess("您的订单已发货，下单满300减50") == ("sms", "marketing")
    assert guess("Subject: Hello\n\nNew coats") == ("email", "marketing")
