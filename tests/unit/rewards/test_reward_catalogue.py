"""Catalogues of rewards: what is offered where, at which price."""

from __future__ import annotations

from decimal import Decimal

from huiliu.rewards.reward_catalogue import (
    Gives,
    RewardCatalogue,
    parse_catalogue,
    parsed_catalogue,
)

CATALOGUE = """\
huiliu: 1
kind: reward_catalogue
slug: shelf
name: {zh-CN: 积分商城, en: Points shop}
items:
  - id: free-shipping
    name: {zh-CN: 包邮券, en: Free shipping}
    points: 200
    channels: [app]
    gives: {coupon: free-shipping}
  - id: mug
    name: {zh-CN: 联名马克杯, en: Co-branded mug}
    channels: {mini_program: 800, douyin: 999.5}
    gives: {gift: mug-2026}
    stock: 50
    per_person: 1
    levels: [gold, black]
    from: 2026-11-01T00:00:00+08:00
    until: 2026-12-01T00:00:00+08:00
"""


def _catalogue() -> RewardCatalogue:
    """Return the catalogue."""
    found = parse_catalogue(CATALOGUE)
    assert isinstance(found, RewardCatalogue), found
    return found


def test_an_item_is_offered_in_its_channels_at_their_prices_and_nowhere_else() -> None:
    """The APP redeems free shipping, social channels redeem co-branded gifts."""
    shelf = _catalogue()
    shipping, mug = shelf.items

    assert shipping.price("app") == Decimal(200)
    assert shipping.price("douyin") is None
    assert mug.price("mini_program") == Decimal(800)
    assert mug.price("douyin") == Decimal("999.50")
    assert mug.price("app") is None
    assert (mug.gives, mug.subject, mug.stock, mug.per_person) == (Gives.GIFT, "mug-2026", 50, 1)
    assert parsed_catalogue(shelf.source) == shelf


def test_an_item_can_be_had_between_its_instants() -> None:
    """The first instant belongs to the time, the last does not."""
    mug = _catalogue().items[1]

    assert mug.is_open(mug.starts_at)
    assert not mug.is_open(mug.starts_at - 1)
    assert not mug.is_open(mug.ends_at)


def test_all_that_is_wrong_with_a_catalogue_is_told_at_once() -> None:
    """No price, no gift, an end before the beginning, an item that is there twice."""
    broken = (
        CATALOGUE.replace("points: 200", "points: 0.001")
        .replace("gives: {gift: mug-2026}", "gives: {mug: yes}")
        .replace("until: 2026-12-01", "until: 2026-10-01")
        .replace("id: mug", "id: free-shipping")
    )

    problems = parse_catalogue(broken)

    assert isinstance(problems, tuple)
    assert {one.text.key for one in problems} == {
        "catalogues.want_price", "catalogues.want_gives", "plans.ends_before", "tiers.twice",
    }  # fmt: skip
    assert all(one.line for one in problems)
