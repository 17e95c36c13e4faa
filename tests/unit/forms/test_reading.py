"""A form's document is read whole: all that is wrong at once, each with its place and line."""

from __future__ import annotations

import pytest
from tests.integration.forms.filling import FORM, LANDING

from huiliu.forms import Form, parse_form
from huiliu.forms.words import Piece, pieces
from huiliu.kernel.texts import LOCALES, render

CHANNELS = ("sms", "email")


def read(source: str) -> Form:
    """Return a form that has no fault."""
    found = parse_form(source, CHANNELS)
    assert isinstance(found, Form), found
    return found


def faults(source: str) -> dict[str, str]:
    """Return path -> key of everything that is wrong."""
    found = parse_form(source, CHANNELS)
    assert isinstance(found, tuple)
    for one in found:
        assert all(render(one.text, locale) for locale in LOCALES)
    return {one.path: one.text.key for one in found}


def test_a_form_says_what_it_asks_and_gives() -> None:
    """Everything that is written is there after reading."""
    form = read(LANDING)

    assert [one.id for one in form.questions] == ["phone", "email", "skin", "likely", "why"]
    assert form.locales == ("zh-CN", "en")
    assert form.reward is not None
    assert form.reward.code == "HELLO10"
    assert [one.kind for one in form.blocks] == ["text", "answers", "form"]
    assert form.consents[0].purpose == "marketing"


def test_reading_what_was_written_gives_the_same_form() -> None:
    """The canonical form of a document is its own canonical form."""
    once = read(LANDING)

    assert read(once.source).source == once.source


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    """Nobody mends a document fault by fault."""
    source = FORM.replace("ask: nps", "ask: stars").replace("channels: [email]", "channels: [fax]")
    source += "colour: red\n"
    found = parse_form(source, CHANNELS)

    assert isinstance(found, tuple)
    assert {one.path for one in found} == {
        "colour", "questions[3].ask", "questions[4].show_if.question", "consents[0].channels",
    }  # fmt: skip
    assert all(one.line > 0 for one in found)


@pytest.mark.parametrize(
    ("old", "new", "path", "key"),
    [
        ("use", "use", "", ""),
        ("title: {zh-CN: 加入我们, en: Join us}", "title: Join us", "title", "forms.want_words"),
        ("en: Phone}", "fr: Tel}", "questions[0].label.fr", "forms.other_locale"),
        ("id: email", "id: phone", "questions[1].id", "forms.twice"),
        ("id: phone", "id: Phone", "questions[0].id", "forms.bad_id"),
        ("trait: skin_type", "trait: Skin", "questions[2].trait", "forms.bad_trait"),
        ("value: oily", "value: dry", "questions[2].options[1].value", "forms.twice"),
        ("value: oily", "value: a b", "questions[2].options[1].value", "forms.bad_value"),
        ("at_most: 6", "is: [dry]", "questions[4].show_if", "forms.bad_show_if_number"),
        ("question: likely, at_most: 6", "question: skin, at_most: 6",
         "questions[4].show_if.is", "forms.bad_show_if_option"),
        ("question: likely", "question: why", "questions[4].show_if.question", "forms.not_before"),
        ("code: HELLO10", "code: HELLO 10", "reward.code", "forms.bad_code"),
        ("for: email", "for: fax", "reward.for", "forms.not_asked"),
        ("ask: nps,", "ask: nps, if_lacking: true,", "questions[3].if_lacking",
         "forms.lacking_without_trait"),
        ("ask: phone,", "ask: phone, required: maybe,", "questions[0].required",
         "forms.want_flag"),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_is(old: str, new: str, path: str, key: str) -> None:
    """The place and the sentence are those of the fault."""
    if path:
        assert faults(FORM.replace(old, new, 1)).get(path) == key
    else:
        read(FORM)


@pytest.mark.parametrize(
    ("more", "path", "key"),
    [
        ("use: quiz\n", "use", "forms.want_choice"),
        ("use: pop_up\n", "pop_up", "forms.no_pop_up"),
        ("pop_up: {after: -1}\n", "pop_up.after", "forms.want_number"),
        ("pop_up: {pages: [1]}\n", "pop_up.pages", "forms.want_pages"),
        ("embed: ['https://m.shop.example/path']\n", "embed", "forms.bad_origin"),
        ("embed: ['*']\n", "embed", "forms.bad_origin"),
        ("at_once: 99\n", "at_once", "forms.want_number"),
        ("opens_at: tomorrow\n", "opens_at", "forms.bad_moment"),
        ("opens_at: '2026-12-02T00:00:00Z'\ncloses_at: '2026-12-01T00:00:00Z'\n", "closes_at",
         "forms.closes_before"),
        ("page: [{block: video}]\n", "page[0].block", "forms.no_such_block"),
        ("page: [{block: form}, {block: form}]\n", "page", "forms.several_forms"),
        ("page: [{block: image, title: {zh-CN: 图, en: A}, image: 'javascript:x'}]\n",
         "page[0].image", "forms.bad_address"),
        ("search: {picture: 'http://cdn.example/a.png'}\n", "search.picture",
         "forms.bad_address"),
    ],
)  # fmt: skip
def test_each_part_says_what_is_wrong_with_it(more: str, path: str, key: str) -> None:
    """Pop-up, page, search and times are checked as the questions are."""
    assert faults(FORM + more).get(path) == key


def test_a_form_that_asks_nothing_is_none() -> None:
    """There must be a question or a box."""
    source = FORM.partition("questions:")[0]

    assert faults(source) == {"questions": "forms.asks_nothing"}
    assert faults("") == {"": "documents.not_a_map"} or faults("{}")


def test_a_page_without_a_form_gets_it_at_its_end() -> None:
    """A landing page always has something to fill in."""
    assert read(LANDING).blocks[-1].kind == "form"


def test_the_proof_of_a_consent_changes_with_its_words() -> None:
    """Another text, another hash; each language has its own."""
    form = read(FORM)
    other = read(FORM.replace("get news by e-mail", "get offers by e-mail"))

    assert form.consents[0].digest("en") != other.consents[0].digest("en")
    assert form.consents[0].digest("zh-CN") == other.consents[0].digest("zh-CN")
    assert form.consents[0].digest("en") != form.consents[0].digest("zh-CN")


def test_words_are_parted_at_links_and_nothing_else_is_markup() -> None:
    """Only https and own addresses lead anywhere."""
    assert pieces("See [terms](https://a.example/t) & <b>") == [
        Piece("See "), Piece("terms", "https://a.example/t"), Piece(" & <b>"),
    ]  # fmt: skip
    assert pieces("[x](javascript:alert(1))") == [Piece("[x](javascript:alert(1))")]
    assert pieces("[x](http://a.example)") == [Piece("[x](http://a.example)")]
