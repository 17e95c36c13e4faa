"""Promotions and coupons that tests put up, and baskets that they price."""

from __future__ import annotations

from typing import Any

from tests.integration.people import BRAND

from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, read_basket
from huiliu.services.publish import publish

__all__ = ["BASKET", "basket", "coupon", "promotion", "put"]

#: 2 creams at 150 and a soap at 20: 320.00.
BASKET: dict[str, Any] = {
    "currency": "CNY", "channel": "app",
    "lines": [
        {"sku": "CREAM", "category": "care/face", "quantity": 2, "unit_price": 15_000},
        {"sku": "SOAP", "category": "care/body", "quantity": 1, "unit_price": 2_000},
    ],
}  # fmt: skip


def basket(**other: Any) -> Basket:
    """Return the usual basket, with some fields as given."""
    found = read_basket(BASKET | other)
    assert isinstance(found, Basket)
    return found


def promotion(slug: str = "forty-off", more: str = "", *, by: str = "code") -> str:
    """Return a promotion: 40 off 300."""
    return (
        f"huiliu: 1\nkind: promotion\nslug: {slug}\nname: {{zh-CN: 满减, en: Forty off}}\n"
        f"currency: CNY\nby: {by}\n"
        "effect: {kind: steps, steps: [{spend: 300, amount: 40}]}\n" + more
    )


def coupon(slug: str = "hello", more: str = "code: HELLO40\n", of: str = "forty-off") -> str:
    """Return a pool; everybody uses the code HELLO40 where nothing else is said."""
    return (
        f"huiliu: 1\nkind: coupon\nslug: {slug}\nname: {{zh-CN: 券, en: Coupon}}\n"
        f"promotion: {of}\n" + more
    )


def put(world: World, *sources: str) -> None:
    """Make documents live, one after another."""
    for source in sources:
        publish(world, BRAND, source, "ada")
