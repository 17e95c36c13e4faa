"""Answers are checked by kind of question, and only what was asked and shown counts."""

from __future__ import annotations

import pytest
from tests.integration.forms.filling import FORM

from huiliu.forms import Answered, Form, Given, Visitor, asked_of, check_answers, parse_form
from huiliu.forms.questions import QUESTIONS, Goes

NEEDS = {"email": "email", "sms": "phone"}


def form(source: str = FORM) -> Form:
    """Return the form of a source."""
    found = parse_form(source)
    assert isinstance(found, Form), found
    return found


def check(
    answers: dict[str, list[str]], consents: tuple[str, ...] = (), source: str = FORM
) -> Answered:
    """Return what is left of answers to all questions."""
    one = form(source)
    return check_answers(one, {each.id for each in one.questions}, Given(answers, consents), NEEDS)


def keys(found: Answered) -> dict[str, str]:
    """Return what is wrong by question."""
    return {one.path: one.text.key for one in found.problems}


def test_answers_are_values_of_their_kinds() -> None:
    """Numbers are numbers, choices are values; what is empty is no answer."""
    found = check({"skin": ["dry"], "likely": ["10"], "phone": [" "], "email": ["a@b.example"]})

    assert found.answers == {"email": "a@b.example", "skin": "dry", "likely": 10}
    assert found.problems == []


def test_what_hangs_on_another_answer_counts_only_when_it_was_shown() -> None:
    """A promoter was not asked why they detract, whatever came."""
    assert "why" not in check({"likely": ["9"], "why": ["x"]}).answers
    assert check({"likely": ["6"], "why": ["x"]}).answers["why"] == "x"
    assert "why" not in check({"why": ["x"]}).answers


@pytest.mark.parametrize(
    ("ask", "typed", "key"),
    [
        ("nps", "11", "forms.not_on_scale"),
        ("nps", "-1", "forms.not_on_scale"),
        ("nps", "١", "forms.not_on_scale"),
        ("nps", "5.5", "forms.not_on_scale"),
        ("scale", "6", "forms.not_on_scale"),
        ("email", "li@", "forms.not_an_email"),
        ("email", "li@mail.example, wang@mail.example", "forms.not_an_email"),
        ("phone", "12", "forms.not_a_phone"),
        ("phone", "139 abc 5678", "forms.not_a_phone"),
        ("name", "https://spam.example", "forms.not_a_name"),
        ("birthday", "2026-02-30", "forms.not_a_date"),
        ("birthday", "1066-10-14", "forms.not_a_date"),
        ("text", "x" * 1_001, "forms.too_long"),
        ("text", "x" * 9_000, "forms.too_long"),
    ],
)
def test_each_kind_says_what_it_cannot_take(ask: str, typed: str, key: str) -> None:
    """The sentence is the kind's own."""
    source = FORM.replace("id: likely, ask: nps", f"id: likely, ask: {ask}")
    source = source.partition("  - id: why")[0] + "consents" + source.partition("consents")[2]

    assert keys(check({"likely": [typed]}, source=source))["likely"] == key


def test_several_choices_are_kept_in_the_order_of_the_form() -> None:
    """What was offered and no more, `most` at most."""
    source = FORM.replace("ask: choice", "ask: multi\n    most: 1")

    assert keys(check({"skin": ["oily", "dry"]}, source=source)) == {"skin": "forms.too_many"}
    assert check({"skin": ["oily"]}, source=source).answers["skin"] == ["oily"]
    assert keys(check({"skin": ["green"]}, source=source)) == {"skin": "forms.not_offered"}
    many = FORM.replace("ask: choice", "ask: multi")
    assert check({"skin": ["oily", "dry"]}, source=many).answers["skin"] == ["dry", "oily"]


def test_agreeing_to_a_channel_asks_for_its_address() -> None:
    """Unless it is known, or was given and is wrong anyway."""
    assert keys(check({}, ("news",))) == {"email": "forms.wanted_for_consent"}
    assert keys(check({"email": ["li@"]}, ("news",))) == {"email": "forms.not_an_email"}
    one = form()
    asked = {each.id for each in one.questions}
    assert not check_answers(one, asked, Given({}, ("news",)), NEEDS, {"email"}).problems


def test_a_box_that_must_be_ticked_says_so() -> None:
    """And is a consent only when it is."""
    source = FORM.replace("    channels: [email]", "    channels: [email]\n    required: true")
    found = check({"email": ["a@b.example"]}, source=source)

    assert keys(found) == {"news": "forms.agree"}
    assert found.consents == []


def test_what_is_known_is_not_asked_again() -> None:
    """Of somebody with a phone the e-mail address is asked for; of others both."""
    one = form()

    assert asked_of(one, Visitor({"phone"}))[0].id == "email"
    assert [each.id for each in asked_of(one, Visitor())][:2] == ["phone", "email"]


def test_a_visit_asks_so_many_questions_and_what_hangs_on_them() -> None:
    """`at_once` counts what is shown for sure."""
    one = form(FORM + "at_once: 1\n")

    assert [each.id for each in asked_of(one, Visitor())] == ["phone"]
    assert [each.id for each in asked_of(one, Visitor({"phone"}))] == ["email"]
    known = Visitor({"phone", "email", "skin_type"})
    few = form(FORM.replace("trait: skin_type", "trait: skin_type\n    if_lacking: true")
               + "at_once: 1\n")  # fmt: skip
    assert [each.id for each in asked_of(few, known)] == ["likely", "why"]


def test_every_kind_of_question_says_where_its_answer_goes() -> None:
    """Whoever a person is, and their own words, never become plain properties."""
    goes = {name: kind.goes for name, kind in QUESTIONS.items()}

    assert goes["email"] is goes["phone"] is Goes.IDENTIFIER
    assert goes["name"] is goes["birthday"] is Goes.PERSONAL
    assert goes["text"] is Goes.FREE
    assert all(kind.trait for kind in QUESTIONS.values() if kind.goes is Goes.IDENTIFIER)
