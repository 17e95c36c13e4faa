"""How a brand answers: its document, every fault of it at once, and what a keyword is."""

from __future__ import annotations

import pytest

from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.conversing import Window, reply_title, window_of
from huiliu.messages.desk import DEFAULT, Desk, parse_desk, said_in

DESK = """\
huiliu: 1
kind: desk
slug: default
name: {en: Desk}
answer_within: 10m
close_after: 12h
hold_marketing: {conversation: 6h, dispute: 0}
quick_replies:
- id: size
  text: {zh-CN: 请看尺码表, en: See the size table}
keywords:
- id: hours
  words: [营业时间, 几点开门]
  match: contains
  text: {zh-CN: 九点, en: Nine}
- id: human
  words: [人工]
  channels: [wechat]
  text: {zh-CN: 好的}
  opens: true
"""


def read(source: str = DESK) -> Desk:
    """Return a desk that is right."""
    found = parse_desk(source)
    assert isinstance(found, Desk), found
    return found


def wrong(source: str) -> list[tuple[str, str]]:
    """Return the paths and keys of all that is wrong."""
    found = parse_desk(source)
    assert not isinstance(found, Desk)
    return [(one.path, one.text.key) for one in found]


def test_a_desk_is_read_whole() -> None:
    """And its canonical form is read as the same desk."""
    desk = read()

    assert (desk.answer_within, desk.close_after) == (10 * MINUTE, 12 * HOUR)
    assert (desk.hold_conversation, desk.hold_dispute) == (6 * HOUR, 0)
    assert [one.slug for one in desk.quick_replies] == ["size"]
    assert read(desk.source) == desk


def test_what_is_not_written_is_as_usual() -> None:
    """A document that sets one thing sets one thing."""
    desk = read("huiliu: 1\nkind: desk\nslug: default\nname: {en: Desk}\n")

    assert (desk.answer_within, desk.hold_conversation, desk.hold_dispute) == (
        DEFAULT.answer_within, DAY, 14 * DAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "channel", "slug"),
    [
        ("请问营业时间？", "sms", "hours"),
        ("營業時間", "sms", None),
        ("人工", "wechat", "human"),
        ("转人工", "wechat", None),
        ("人工", "sms", None),
        ("", "sms", None),
        ("！！", "sms", None),
    ],
)
def test_a_keyword_is_the_whole_message_or_stands_in_it(
    words: str, channel: str, slug: str | None
) -> None:
    """Where its row says so, and nowhere else."""
    found = read().answer_to(words, channel)

    assert (found.slug if found is not None else None) == slug


def test_every_fault_of_a_desk_is_told_at_once() -> None:
    """Each with its path."""
    told = wrong("""\
huiliu: 1
kind: desk
slug: other
name: {en: Desk}
answer_within: soon
close_after: 0
hold_marketing: {conversation: 100d, lunch: 1h}
colour: red
quick_replies:
- id: size
  text: {}
- id: size
  text: {en: x}
- hello
keywords:
- id: Nope
  words: []
  match: near
  channels: [push]
  opens: maybe
  text: {en: x}
- id: a
  words: [退订]
  text: {en: x}
- id: b
  words: [hours]
  text: {en: x}
- id: c
  words: [Hours!]
  text: {en: x}
""")

    assert set(told) == {
        ("slug", "desk.one"),
        ("colour", "desk.unknown"),
        ("hold_marketing.lunch", "desk.unknown"),
        ("hold_marketing.conversation", "desk.want_length"),
        ("answer_within", "desk.want_length"),
        ("close_after", "desk.want_length"),
        ("quick_replies[0].text", "desk.want_text"),
        ("quick_replies[1].id", "desk.twice"),
        ("quick_replies[2]", "desk.want_map"),
        ("keywords[0].id", "desk.want_id"),
        ("keywords[0].words", "desk.want_words"),
        ("keywords[0].match", "desk.want_match"),
        ("keywords[0].channels", "desk.want_channels"),
        ("keywords[0].opens", "desk.want_flag"),
        ("keywords[1].words", "desk.consent_word"),
        ("keywords[3].words", "desk.word_twice"),
    }


@pytest.mark.parametrize(
    ("locales", "said"),
    [(("zh-CN",), "中"), (("zh-TW", "en"), "中"), (("en-GB",), "E"), (("fr",), "中"), ((), "中")],
)
def test_people_are_answered_in_their_language_or_another(
    locales: tuple[str, ...], said: str
) -> None:
    """Rather in another than not at all."""
    assert said_in({"zh-CN": "中", "en": "E"}, locales) == said


def test_a_window_is_open_while_a_place_is_left() -> None:
    """Other channels than WeChat have none."""
    assert window_of("sms", 5, 0, 0) is None
    assert window_of("wechat", 5, 10, 2) == Window(10, 2)
    used = window_of("wechat", 5, 0, 0)
    assert used == Window(5 + 48 * HOUR, 0)
    assert not used.is_open(6)
    assert Window(10, 1).is_open(9)
    assert not Window(10, 1).is_open(10)


@pytest.mark.parametrize(
    ("title", "answer"),
    [("快递", "Re: 快递"), ("Re: 快递", "Re: 快递"), ("回复：快递", "回复：快递"), ("", ""),
     (" a \n b ", "Re: a b")],
)  # fmt: skip
def test_an_answers_subject_says_so_once(title: str, answer: str) -> None:
    """However often it goes to and fro."""
    assert reply_title(title) == answer
