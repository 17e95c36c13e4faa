"""Codes of the brand's own: how long a picture is good, where it leads, what may be asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.kernel.times import SECOND
from huiliu.rewards.codes import (
    Facts,
    Phone,
    Standing,
    Token,
    ends_of,
    pack,
    phone_of,
    problems_of,
    standing,
    step_of,
    unpack,
    ways,
)

NOW = 1_790_000_000 * SECOND


@given(st.integers(1, 65_535), st.integers(1, 2**63), st.integers(0, 2**32 - 1))
def test_a_token_says_what_was_put_into_it(brand: int, code: int, step: int) -> None:
    """Brand, code and step survive being packed."""
    token = Token(brand, code, step)

    assert unpack(pack(token)) == token


@given(st.binary(max_size=40))
def test_bytes_of_another_format_are_no_token(signed: bytes) -> None:
    """What was not packed here is refused or unpacks to what packs to the same bytes."""
    found = unpack(signed)

    assert found is None or pack(found) == signed[: len(pack(found))]


def test_a_rotating_picture_is_good_in_its_own_step_and_the_next_only() -> None:
    """A photograph of the screen is worth nothing once two pictures have passed."""
    token = Token(1, 7, step_of(30, NOW))
    ends = ends_of(30, token.step)

    def at(instant: int) -> Standing:
        return standing(token, 30, 0, 0, 0, instant)

    assert at(NOW) is Standing.OPEN
    assert at(ends) is Standing.OPEN
    assert at(ends + 30 * SECOND - 1) is Standing.OPEN
    assert at(ends + 30 * SECOND) is Standing.EXPIRED
    # One that is said to come from the future was not shown either.
    assert at(NOW - 60 * SECOND) is Standing.EXPIRED


def test_a_fixed_picture_is_good_between_its_dates_until_it_is_taken_back() -> None:
    """Early, open, over and ended are told apart, and being taken back decides."""
    token = Token(1, 7)

    assert standing(token, 0, NOW + 1, 0, 0, NOW) is Standing.EARLY
    assert standing(token, 0, NOW, NOW + 1, 0, NOW) is Standing.OPEN
    assert standing(token, 0, 0, NOW, 0, NOW) is Standing.OVER
    assert standing(token, 0, 0, 0, NOW - 5, NOW) is Standing.ENDED
    assert standing(Token(1, 7, 3), 0, 0, 0, 0, NOW) is Standing.EXPIRED


@pytest.mark.parametrize(
    ("agent", "phone", "order"),
    [
        ("Mozilla/5.0 (iPhone) MicroMessenger/8.0", Phone.WECHAT, ["mini", "page"]),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18)", Phone.IOS, ["app", "mini", "page"]),
        ("Mozilla/5.0 (Linux; Android 15)", Phone.ANDROID, ["app", "mini", "page"]),
        ("Mozilla/5.0 (X11; Linux x86_64)", Phone.OTHER, ["page", "mini"]),
    ],
)
def test_a_code_leads_where_the_phone_can_go(agent: str, phone: Phone, order: list[str]) -> None:
    """WeChat opens no scheme of an APP, a computer opens pages, and there is always a fallback."""
    leads = {"app": "brand://product/1", "mini": "0123456789", "page": "https://shop.example/1"}

    assert phone_of(agent) is phone
    assert [way for way, _ in ways(leads, phone)] == order


def test_a_link_that_the_system_hands_to_the_app_works_inside_wechat() -> None:
    """An APP that is reached by an ordinary address is not left out there."""
    leads = {"app": "https://go.shop.example/1", "page": "https://shop.example/1"}

    assert [way for way, _ in ways(leads, Phone.WECHAT)] == ["app", "page"]


def test_everything_that_is_wrong_with_a_code_is_told_at_once() -> None:
    """Nobody mends one field only to hear of the next."""
    facts = Facts(
        "banner", " ", store="店 1\n", coupon="No Slug", rotates_s=3, ends_at=NOW - 1,
        leads={"app": "javascript://x", "mini": "short", "page": "http://shop.example", "fax": "1"},
    )  # fmt: skip

    assert {one.path for one in problems_of(facts, NOW)} == {
        "kind", "name", "store", "coupon", "rotates", "ends", "leads.app", "leads.mini",
        "leads.page", "leads.fax",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["store", "shelf", "staff"])
def test_a_code_says_what_it_stands_for(kind: str) -> None:
    """A code of a shop, shelf or employee without saying which could not be counted by it."""
    page = {"page": "https://shop.example/"}

    assert [one.path for one in problems_of(Facts(kind, "x", leads=page), NOW)] == [kind]
    named = Facts(kind, "x", leads=page, **{kind: "SH-01"})  # type: ignore[arg-type]
    assert problems_of(named, NOW) == []
