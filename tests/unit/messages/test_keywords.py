"""Who writes back "stop" in any language and shape is understood; chatter is not."""

from __future__ import annotations

import pytest

from huiliu.messages.keywords import KEYWORDS, Keywords, meaning_of


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


@pytest.mark.parametrize("language", list(KEYWORDS))
def test_every_word_of_every_language_means_what_its_table_says(language: str):
    """Shouted, with a full stop and a word of thanks."""
    said = KEYWORDS[language]
    country = said.countries.split()[0]
    for meaning, listed in (("stop", said.stop), ("start", said.start), ("help", said.help)):
        for word in listed.split():
            written = f" {word.replace('_', ' ').upper()}. "
            assert meaning_of(written, answers_marketing=False) == meaning, written
    for word in said.local_stop.split():
        assert meaning_of(word, answers_marketing=True, country=country) == "stop", word


@pytest.mark.parametrize(
    ("reply", "country", "meaning"),
    [("alto", "MX", "stop"), ("alto", "IT", "other"), ("ende", "DE", "stop"),
     ("ende", "US", "other"), ("dur", "TR", "stop"), ("R", "CN", "other")],
)  # fmt: skip
def test_a_word_of_one_language_counts_for_its_numbers(reply: str, country: str, meaning: str):
    """Outside its countries it means something else."""
    assert meaning_of(reply, answers_marketing=False, country=country) == meaning


@pytest.mark.parametrize(
    "reply", ["please stop", "Stop texting me!", "我要退订，谢谢", "STOP SMS pls", "İPTAL", "ARRÊT"]
)
def test_politeness_and_accents_do_not_matter(reply: str):
    """People write as they speak."""
    assert meaning_of(reply, answers_marketing=False) == "stop"


def test_a_number_has_words_of_its_own_that_mean_no_refusal_otherwise():
    """Everybody's refusals stay what they are."""
    own = Keywords.of({"stop": ["Basta!"], "help": ["hours"], "start": ["STOP"]})

    assert meaning_of("basta", answers_marketing=False, own=own) == "stop"
    assert meaning_of("Hours?", answers_marketing=False, own=own) == "help"
    assert meaning_of("stop", answers_marketing=False, own=own) == "stop"
    assert own.doubled == {"stop"}


def test_yes_means_nothing_by_itself():
    """Only who asked knows what it answers."""
    assert meaning_of("Yes please", answers_marketing=True) == "yes"


@pytest.mark.parametrize("reply", ["x" * 100_000, "\0", "🙂", "\u202estop", "  \n\t "])
def test_hostile_replies_are_read_without_harm(reply: str):
    """Nothing of them is a refusal that was not meant, or takes long."""
    assert meaning_of(reply, answers_marketing=False) in {"other", "stop"}
