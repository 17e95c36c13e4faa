"""New domains begin slowly, tired addresses rest, impatient servers are left alone."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.kernel.errors import Problem
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.mail_addresses import (
    bounce_address,
    is_ours,
    read_target,
    unsubscribe_address,
)
from huiliu.messages.mail_domains import domain_group, wait_of
from huiliu.messages.soft_bounces import REST, SoftBounces, counted
from huiliu.messages.warm_up import DEFAULT_PLAN, Day, limit_of, next_step, read_plan

PLAN = (50, 100, 1_000, 2_000)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (Day(1_000, 0, 0), 3),
        (Day(500, 0, 0), 3),
        (Day(499, 0, 0), 2),
        (Day(1_000, 49, 0), 3),
        (Day(1_000, 50, 0), 2),
        (Day(1_000, 0, 1), 2),
        (Day(1_000, 100, 0), 0),
        (Day(1_000, 0, 3), 0),
        (Day(0, 0, 0), 2),
    ],
)
def test_a_warm_up_goes_on_only_when_letters_are_well_received(day: Day, expected: int):
    """On when the day was used; the same again where some mind; two days back where many do."""
    assert next_step(PLAN, 2, day) == expected


def test_of_few_letters_one_complaint_says_nothing():
    """One of fifty is 2 %, and one person."""
    assert next_step(PLAN, 0, Day(50, 10, 1)) == 1


def test_after_the_last_day_nothing_is_held_back():
    """And it never begins again by itself."""
    assert limit_of(PLAN, 4) is None
    assert next_step(PLAN, 4, Day(0, 0, 0)) == 4


@pytest.mark.parametrize(
    ("written", "good"),
    [("50,100,200", True), (" 5 , 5 ", True), ("", False), ("5,4", False), ("0", False),
     ("a", False), ("1,2.5", False), ("²", False), (",".join(["1"] * 91), False),
     ("999999999999", False)],
)  # fmt: skip
def test_a_plan_is_numbers_that_grow(written: str, good: bool):
    """At most ninety of them."""
    assert isinstance(read_plan(written), Problem) is not good


def test_the_plan_of_the_reference_is_one():
    """It grows, and at most doubles."""
    assert read_plan(",".join(map(str, DEFAULT_PLAN))) == DEFAULT_PLAN
    assert all(b <= 2 * a for a, b in pairwise(DEFAULT_PLAN))


def bounced(*days: float) -> SoftBounces | None:
    """Return what is remembered after soft bounces on these days."""
    known = None
    for day in days:
        known = counted(known, int(day * DAY))
    return known


@pytest.mark.parametrize(
    ("days", "rests"),
    [((1, 4, 8), True), ((1, 4, 7.9), False), ((1, 8), False), ((1, 2, 3, 4), False),
     ((1, 2, 3, 8), True), ((1, 32, 63), False), ((1, 4, 35, 38, 42), True)],
)  # fmt: skip
def test_an_address_rests_after_three_soft_bounces_over_a_week(
    days: tuple[float, ...], rests: bool
):
    """Not after a bad afternoon, and not for what was a month ago."""
    known = bounced(*days)

    assert known is not None
    assert bool(known.rests_until) is rests
    if rests:
        assert known.rests_until == int(days[-1] * DAY) + REST


def test_after_its_rest_an_address_begins_anew():
    """One more bounce is the first one again."""
    known = bounced(1, 4, 8, 8 + 31)

    assert known == SoftBounces(1, 39 * DAY, 39 * DAY)


@settings(deadline=None)
@given(st.lists(st.integers(0, 60 * DAY), min_size=1, max_size=12))
def test_soft_bounces_are_counted_in_any_order(instants: list[int]):
    """A late report never breaks the count, and a rest never ends before it began."""
    known = None
    for at in instants:
        known = counted(known, at)
    assert known is not None
    assert known.n >= 1
    assert known.first_at <= known.last_at
    assert not known.rests_until or known.rests_until >= known.first_at


@pytest.mark.parametrize(
    ("address", "group"),
    [("a@GMail.com", "gmail.com"), ("a@googlemail.com", "gmail.com"), ("a@foxmail.com", "qq.com"),
     ("a@126.com", "163.com"), ("a@shop.example.", "shop.example")],
)  # fmt: skip
def test_domains_behind_one_gate_are_one(address: str, group: str):
    """What one of them says is said for all."""
    assert domain_group(address) == group


def test_an_impatient_domain_is_left_alone_longer_each_time():
    """5, 15, 60 minutes, then 4 hours at most."""
    waits = [wait_of(n) for n in range(6)]

    assert waits == [5 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 4 * HOUR]


def test_a_bounce_address_leads_back_to_its_letter_and_to_no_other():
    """Whoever changes the id, or makes one up, has no code for it; the case may change."""
    key, other = b"k" * 32, b"o" * 32
    local = bounce_address(bytes(16), "b.example", key).partition("@")[0]

    found = read_target(local.upper())

    assert found is not None
    assert (found.kind, found.message_id) == ("bounce", bytes(16))
    assert is_ours(found, key)
    assert not is_ours(found, other)
    forged = read_target("b+" + "1" + local[3:])
    assert forged is not None
    assert not is_ours(forged, key)
    assert len(local) <= 64


def test_a_way_out_by_mail_holds_the_token_of_the_one_by_click():
    """35 bytes fit a local part, in letters of one case."""
    token = base64.urlsafe_b64encode(bytes(range(200, 235))).rstrip(b"=").decode()

    address = unsubscribe_address(f"https://brand.example/u/{token}", "b.example")
    local = address.partition("@")[0]

    assert len(local) <= 64
    assert local == local.lower()
    found = read_target(local.upper())
    assert found is not None
    assert (found.kind, found.token) == ("way_out", token)


@pytest.mark.parametrize("url", ["", "https://x.example/u/", "https://x.example/u/<>", "x" * 300])
def test_what_is_no_token_makes_no_address(url: str):
    """Then there is the click only."""
    assert unsubscribe_address(url, "b.example") == ""


@pytest.mark.parametrize(
    "local", ["", "li", "b+", "b+00", "u+!", "u+1", "b+" + "g" * 48, "u+abcdefgha"]
)
def test_other_addresses_are_none_of_ours(local: str):
    """Nobody is at home there."""
    assert read_target(local) is None


@pytest.mark.parametrize("local", ["abuse", "FBL", "postmaster", "complaints"])
def test_complaints_have_addresses(local: str):
    """Those of RFC 2142 and of feedback loops."""
    found = read_target(local)

    assert found is not None
    assert found.kind == "role"
