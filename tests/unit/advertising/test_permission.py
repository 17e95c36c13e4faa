"""The last word that concerns an identifier and a platform decides whether it is shared."""

from __future__ import annotations

from huiliu.advertising.permission import Word, permit


def yes(channel: str, at: int, **more: int) -> Word:
    """Return a yes."""
    return Word(channel, "granted", at, at, **more)


def no(channel: str, at: int) -> Word:
    """Return a no."""
    return Word(channel, "withdrawn", at, at)


def test_nobody_is_shared_who_was_not_asked() -> None:
    """Silence is no yes, and a yes to another platform or address is none either."""
    assert permit([], "phone", "meta", 9).why == "no_consent"
    assert permit([yes("tiktok", 1), yes("email", 2)], "phone", "meta", 9).why == "no_consent"


def test_a_yes_to_ads_counts_for_every_platform_until_one_is_refused() -> None:
    """A later no to one platform leaves the others as they are."""
    words = [yes("ads", 1), no("meta", 2)]
    assert permit(words, "phone", "tiktok", 9).may
    assert permit(words, "phone", "meta", 9).why == "withdrawn"


def test_a_no_to_one_kind_of_address_leaves_the_other() -> None:
    """Who takes back the e-mail address still shares the number."""
    words = [yes("ads", 1), no("email", 2)]
    assert permit(words, "phone", "meta", 9).may
    assert not permit(words, "email", "meta", 9).may


def test_a_no_to_everything_ends_all_until_the_next_yes() -> None:
    """A refusal without a channel is one on every channel; what is said later counts."""
    words = [yes("meta", 1), no("ads", 2), no("email", 2), no("sms", 2)]
    assert not permit(words, "email", "meta", 9).may
    assert permit([*words[1:], yes("meta", 3)], "email", "meta", 9).may


def test_a_yes_that_has_ended_is_none() -> None:
    """It ends by itself at its instant."""
    words = [yes("ads", 1, expires_at=5)]
    assert permit(words, "phone", "meta", 4).may
    assert permit(words, "phone", "meta", 5).why == "expired"


def test_of_one_instant_the_no_counts() -> None:
    """In doubt nothing is shared."""
    assert not permit([yes("ads", 1), no("meta", 1)], "phone", "meta", 9).may
