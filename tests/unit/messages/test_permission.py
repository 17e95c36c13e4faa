"""How a brand asks: its document, what holds without one, and what the law adds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY
from huiliu.messages.jurisdictions import JURISDICTIONS, law_of
from huiliu.messages.permission import DEFAULT, Permission, parse_permission
from huiliu.messages.shipped import ANSWERS, answer_template, confirmation_template
from huiliu.messages.template import parse_template
from huiliu.messages.will import will_of

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "consent.md"
HEAD = "huiliu: 1\nkind: permission\nslug: default\nname: {en: P}\n"


def parsed(source: str) -> Permission:
    """Return the document, which must be right."""
    found = parse_permission(source)
    assert isinstance(found, Permission), [(one.path, str(one.text)) for one in found]
    return found


def test_the_example_of_the_reference_is_right():
    """And says what the page says it does."""
    (source,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    found = parsed(source)

    assert [topic.slug for topic in found.topics] == ["sales", "news"]
    assert found.frequencies == ("weekly", "monthly")
    assert found.must_confirm("sms", "US")
    assert found.must_confirm("email", "FR")
    assert not found.must_confirm("email", "NL")
    assert found.ends_at("DE", "consent", 0) == 730 * DAY
    assert found.words_of("main").meaning("basta") == "stop"
    assert found.silent == {"help"}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("topics: [a]", "topics"),
        ("topics: {Big Sale: {name: {en: x}}}", "topics.Big Sale"),
        ("topics: {a: {name: {}}}", "topics.a.name"),
        ("topics: {a: {name: {en: x}, price: 3}}", "topics.a"),
        ("frequencies: [hourly]", "frequencies"),
        ("frequencies: [1]", "frequencies"),
        ("double_opt_in: {fax: [DE]}", "double_opt_in.fax"),
        ("double_opt_in: {email: [de]}", "double_opt_in.email"),
        ("confirm_within: soon", "confirm_within"),
        ("expires: {Germany: 3d}", "expires.Germany"),
        ("expires: {DE: 3}", "expires.DE"),
        ("keywords: {a: {stop: yes}}", "keywords.a.stop"),
        ("keywords: {a: {help: [stop]}}", "keywords.a"),
        ("keywords: {a: {go: [x]}}", "keywords.a"),
        ("replies: {maybe: {en: x}}", "replies.maybe"),
        ("replies: {stop: {en: ''}}", "replies.stop"),
        ("brand: Sunny", "brand"),
        ("contact: [x]", "contact"),
        ("colour: red", "colour"),
    ],
)
def test_each_fault_is_told_where_it_stands(line: str, path: str):
    """With its line."""
    problems = parse_permission(HEAD + line + "\n")

    assert isinstance(problems, tuple)
    assert path in {one.path for one in problems}
    assert all(one.line == 5 for one in problems)


def test_all_faults_are_told_at_once():
    """Nobody mends one to find the next."""
    problems = parse_permission(HEAD + "frequencies: [x]\nbrand: 1\ncontact: 2\n")

    assert isinstance(problems, tuple)
    assert {one.path for one in problems} == {"frequencies", "brand", "contact"}


def test_there_is_one_document_only():
    """Another slug would hold nowhere."""
    problems = parse_permission(HEAD.replace("default", "other"))

    assert isinstance(problems, tuple)
    assert [one.path for one in problems] == ["slug"]


def test_without_a_document_the_law_holds():
    """Germany, Austria and Switzerland ask by e-mail; nobody asks by SMS."""
    confirmed = {country for country in JURISDICTIONS if DEFAULT.must_confirm("email", country)}

    assert confirmed == {"DE", "AT", "CH"}
    assert not DEFAULT.must_confirm("sms", "DE")
    assert DEFAULT.ends_at("DE", "consent", 5) == 0
    assert DEFAULT.ends_at("FR", "soft_opt_in", 0) == 730 * DAY
    assert law_of("cn").soft_opt_in == law_of("").soft_opt_in == 0
    assert all(law.source for law in JURISDICTIONS.values())


@pytest.mark.parametrize("meaning", list(ANSWERS))
@pytest.mark.parametrize("is_chinese", [True, False])
def test_shipped_answers_are_templates_with_the_brands_name(meaning: str, is_chinese: bool):
    """Whatever the brand is called: braces are no Liquid."""
    asks = parsed(HEAD + 'brand: {en: "A {{ x }} %}", zh-CN: 晴日}\ncontact: a@b.example\n')

    for brand in (DEFAULT, asks):
        found = parse_template(answer_template(meaning, "sms", brand, is_chinese=is_chinese))
        assert found.locale == ("zh-CN" if is_chinese else "en")
        assert found.message_class == "service"


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_shipped_confirmations_carry_their_link(channel: str):
    """In both languages."""
    found = parse_template(confirmation_template(channel, DEFAULT))

    for pieces in found.locales.values():
        assert "confirm_url" in pieces["text"].variables


def test_a_brands_own_answer_is_the_one_that_is_sent():
    """In the languages that it wrote."""
    asks = parsed(HEAD + "replies: {stop: {de: Tschüss}}\n")
    found = parse_template(answer_template("stop", "sms", asks, is_chinese=True))

    assert (found.locale, set(found.locales)) == ("de", {"de"})


def test_choices_that_cannot_be_read_choose_nothing():
    """A server may write anything into a trait."""
    odd: dict[str, Value] = {
        "refused_topics": "sales",
        "marketing_frequency": 3,
        "marketing_paused_until": "soon",
    }

    assert will_of(odd, "sales").refusal("marketing", 0) == ""
    assert will_of(odd, "sales").cap is None
    assert will_of({"marketing_frequency": "hourly"}, "").cap is None


def test_a_message_without_a_topic_is_refused_by_no_topic():
    """And a service message by none at all."""
    chosen: dict[str, Value] = {"refused_topics": ["sales", ""]}

    assert will_of(chosen, "").refusal("marketing", 0) == ""
    assert will_of(chosen, "sales").refusal("marketing", 0) == "topic_refused"
    assert will_of(chosen, "sales").refusal("service", 0) == ""
