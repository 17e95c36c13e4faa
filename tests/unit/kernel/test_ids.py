"""Ids are deterministic, readable and never personal."""

from __future__ import annotations

from huiliu.kernel.ids import (
    digest,
    is_slug,
    message_id,
    parse_profile_id,
    profile_id_from_position,
    show_profile_id,
)


def test_a_shown_profile_id_is_read_back() -> None:
    """What a person copies from the console finds the profile."""
    for offset in (0, 1, 7, 10**9, 2**48 - 1):
        profile = profile_id_from_position(3, offset)
        assert parse_profile_id(show_profile_id(profile)) == profile


def test_profiles_of_one_position_differ() -> None:
    """One event can first show more than one person."""
    assert profile_id_from_position(0, 5, 0) != profile_id_from_position(0, 5, 1)


def test_no_two_positions_give_one_profile() -> None:
    """The mix is a bijection."""
    ids = {profile_id_from_position(p, o, n) for p in (0, 1) for o in range(500) for n in (0, 1)}
    assert len(ids) == 2 * 500 * 2


def test_what_is_no_profile_id_is_none() -> None:
    """Letters that could be misread are not in the alphabet."""
    assert parse_profile_id("p_oil") is None
    assert parse_profile_id("p_" + "o" * 13) is None
    assert parse_profile_id("p_" + "z" * 13) is None
    assert parse_profile_id("") is None


def test_parts_of_a_digest_do_not_run_together() -> None:
    """("ab", "c") and ("a", "bc") are different things."""
    assert digest("ab", "c") != digest("a", "bc")


def test_a_visit_of_a_node_has_one_message() -> None:
    """The same visit gives the same id; another visit another."""
    once = message_id(1, b"r" * 16, "apology", 1, 42)
    assert once == message_id(1, b"r" * 16, "apology", 1, 42)
    assert once != message_id(1, b"r" * 16, "apology", 2, 42)


def test_a_slug_is_lower_case_words_and_hyphens() -> None:
    """Names in documents and addresses look alike."""
    assert [is_slug(s) for s in ("late-shipment", "a", "Late", "a--b", "-a", "a_b", "a" * 81)] == [
        True,
        True,
        False,
        False,
        False,
        False,
        False,
    ]
