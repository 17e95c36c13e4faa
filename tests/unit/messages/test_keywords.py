"""Who writes back "stop" in any language and shape is understood; chatter is not."""

from __future__ import annotations

import pytest

from huiliu.messages.keywords import meaning_of


@pytest.mark.parametrize(
    "reply",
    [
        "STOP",
        "stop.",
        " Stop! ",
        "ＳＴＯＰ",
        "退订",
        "退订。",
        "opt out",
        "OPT-OUT",
        "ยกเลิก",
        "стоп",
    ],
)
def test_a_clear_word_refuses_in_any_context(reply: str):
    """Case, width, spaces and punctuation do not matter."""
    assert meaning_of(reply, answers_marketing=False) == "stop"


@pytest.mark.parametrize("reply", ["R", "TD", "t", "N", "0000", "退"])
def test_a_bare_letter_refuses_only_as_an_answer_to_marketing(reply: str):
    """An R to a delivery notice is a slip of the finger."""
    assert meaning_of(reply, answers_marketing=True) == "stop"
    assert meaning_of(reply, answers_marketing=False) == "other"


@pytest.mark.parametrize("reply", ["please stop by tomorrow", "don't stop", "别再给我发短信了"])
def test_a_longer_text_that_speaks_of_stopping_is_for_a_person_to_read(reply: str):
    """It may be a refusal or not: neither is guessed."""
    assert meaning_of(reply, answers_marketing=True) == "unclear"


@pytest.mark.parametrize("reply", ["see you at the end of May", "收到", "", "?", "取消订单怎么弄"])
def test_chatter_is_no_refusal(reply: str):
    """Only the whole reply counts."""
    assert meaning_of(reply, answers_marketing=True) == "other"


@pytest.mark.parametrize(
    ("reply", "meaning"), [("START", "start"), ("订阅", "start"), ("帮助", "help")]
)
def test_who_wants_back_or_asks_for_help_is_understood(reply: str, meaning: str):
    """The words of carriers."""
    assert meaning_of(reply, answers_marketing=True) == meaning
