"""The document `kind: referral`, and the score that speaks against a friend."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.kernel.money import Money
from huiliu.kernel.times import HOUR, SECOND, Instant, as_instant
from huiliu.rewards.fraud import (
    MOST,
    SIGNALS,
    Evidence,
    score_of,
    signals,
    signals_from,
)
from huiliu.rewards.referral import Referral, parse_referral

UNLOCK = """\
huiliu: 1
kind: referral
slug: spring-help
name: {en: Spring help, zh-CN: 春日助力}
mechanic: unlock
title: {en: "Three friends unlock it", zh-CN: "三位好友助力解锁"}
from: 2026-11-01
until: 2026-11-30
needs: 3
rewards:
  inviter: {coupon: spring, worth: {amount: 20, currency: CNY}}
  friend: {points: 10}
"""


def read(source: str) -> Referral:
    """Return a campaign that can be read."""
    found = parse_referral(source)
    assert isinstance(found, Referral), found
    return found


def paths(source: str) -> set[str]:
    """Return where a campaign is wrong."""
    found = parse_referral(source)
    assert isinstance(found, tuple)
    return {one.path for one in found}


def test_a_campaign_says_who_gets_what_and_until_when() -> None:
    """What is written is read, and what is not has its usual value."""
    found = read(UNLOCK)
    assert found.inviter is not None
    assert found.friend is not None
    assert found.inviter.worth == Money(2000, "CNY")
    assert found.friend.points == Decimal(10)
    assert (found.n_friends, found.hours, found.friends, found.review_from) == (3, 48, "anyone", 40)
    assert found.limits.per_device == 1
    assert read(found.source) == found


def test_a_campaign_lasts_whole_days_of_its_zone() -> None:
    """It begins at midnight of its first day and ends when its last day ends."""
    found = read(UNLOCK)
    assert found.opens_at("Asia/Shanghai") == as_instant("2026-10-31T16:00:00Z")
    end = as_instant("2026-11-30T16:00:00Z")
    assert end is not None
    assert found.is_open(Instant(end - 1), "Asia/Shanghai")
    assert not found.is_open(end, "Asia/Shanghai")
    assert found.invite_closes(Instant(end - HOUR), "Asia/Shanghai") == end


def test_a_group_counts_its_leader() -> None:
    """A group of three needs two friends, and one of one is none."""
    group = UNLOCK.replace("unlock", "group", 1)
    assert read(group).n_friends == 2
    assert paths(group.replace("needs: 3", "needs: 1")) == {"needs"}


@pytest.mark.parametrize("name", ["levels", "tiers", "team", "second_level"])
def test_there_is_no_second_paid_level_under_any_name(name: str) -> None:
    """Who writes one is told why not."""
    found = parse_referral(f"{UNLOCK}{name}: 2\n")
    assert isinstance(found, tuple)
    assert [(one.path, one.text.key) for one in found] == [(name, "referral.one_level")]


def test_all_that_is_wrong_is_told_at_once_with_its_lines() -> None:
    """A campaign with five faults has five problems."""
    wrong = (
        UNLOCK.replace("until: 2026-11-30", "until: 2026-10-30")
        .replace("{points: 10}", "{points: 10, coupon: both}")
        .replace("needs: 3", "needs: 0")
        + "target: javascript:alert(1)\nlimits: {per_device: 0}\n"
    )
    found = parse_referral(wrong)
    assert isinstance(found, tuple)
    assert {one.path for one in found} == {
        "until", "rewards.friend", "needs", "target", "limits.per_device",
    }  # fmt: skip
    assert all(one.line for one in found)


def test_a_referral_counts_each_friend_and_needs_no_number() -> None:
    """The third way has no `needs`, thanks for new people only, and waits a week."""
    source = UNLOCK.replace("mechanic: unlock", "mechanic: referral")
    assert paths(source) == {"needs"}
    found = read(source.replace("needs: 3\n", ""))
    assert (found.n_friends, found.friends, found.hold_days) == (0, "new", 7)


def test_nothing_speaks_against_a_friend_of_whom_nothing_is_odd() -> None:
    """A friend with a device of their own, who took their time, scores nothing."""
    assert signals(Evidence(took=30 * SECOND)) == ()


SEEN = [
    (Evidence(is_inviters_device=True), "same_device"),
    (Evidence(n_same_device=1), "device_again"),
    (Evidence(is_inviters_address=True), "same_address"),
    (Evidence(n_same_address=3), "address_crowd"),
    (Evidence(took=7 * SECOND), "hurried"),
    (Evidence(n_lately=6), "burst"),
    (Evidence(ring=2), "ring"),
    (Evidence(is_machine=True), "machine"),
    (Evidence(has_device=False), "no_device"),
    (Evidence(is_proved=False), "unproved"),
]


@pytest.mark.parametrize(("seen", "name"), SEEN)
def test_each_sign_adds_what_is_documented(seen: Evidence, name: str) -> None:
    """One sign alone scores its own weight, and says so in words."""
    found = signals(seen)
    assert [one.name for one in found] == [name]
    assert score_of(found) == SIGNALS[name]
    assert found[0].said.key == f"referral.signal.{name}"


def test_every_sign_is_seen_by_a_test_of_its_own() -> None:
    """The list above knows all of them."""
    assert {name for _, name in SEEN} == set(SIGNALS)


@given(
    st.builds(
        Evidence,
        is_inviters_device=st.booleans(), n_same_device=st.integers(0, 9),
        is_inviters_address=st.booleans(), n_same_address=st.integers(0, 9),
        took=st.none() | st.integers(0, 60 * SECOND), n_lately=st.integers(1, 20),
        ring=st.integers(0, 5), is_machine=st.booleans(), has_device=st.booleans(),
        is_proved=st.booleans(), is_server=st.booleans(),
    )
)  # fmt: skip
def test_a_score_is_the_sum_of_its_signs_and_survives_being_stored(seen: Evidence) -> None:
    """Whoever reads a stored score finds the same signs, which add up to it."""
    found = signals(seen)
    assert score_of(found) == min(MOST, sum(SIGNALS[one.name] for one in found))
    assert signals_from({one.name: one.n for one in found}) == found
    assert list(found) == sorted(found, key=lambda one: (-one.points, one.name))
