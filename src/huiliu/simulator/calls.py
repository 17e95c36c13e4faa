"""The calls that the virtual shop's app and servers make, in Segment's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.kernel.times import show_instant
from huiliu.simulator.model import Product
from huiliu.simulator.people import Person

__all__ = ["SHOP", "add_to_cart", "consent", "identify", "order_call", "product_lines", "view"]

#: Where the links of its messages lead; a host that is reserved for examples.
SHOP = "https://shop.example"

Call = Mapping[str, object]


def _who(person: Person, device: int) -> dict[str, object]:
    """Return who the app on a device believes it serves."""
    found: dict[str, object] = {"anonymousId": person.anonymous_id(device)}
    if device in person.devices:
        found["userId"] = person.user_id
    return found


def view(person: Person, device: int, at: int, product: Product) -> Call:
    """Return the call of a product page."""
    return {
        "type": "track", "event": "Product Viewed", "timestamp": show_instant(at),
        **_who(person, device),
        "properties": {
            "product_id": product.id, "category": product.category, "price": product.price / 100,
        },
        "context": {"channel": "app"},
    }  # fmt: skip


def add_to_cart(person: Person, device: int, at: int, product: Product) -> Call:
    """Return the call of something put into the cart."""
    return {
        "type": "track", "event": "Product Added", "timestamp": show_instant(at),
        **_who(person, device),
        "properties": {"product_id": product.id, "price": product.price / 100, "quantity": 1},
        "context": {"channel": "app"},
    }  # fmt: skip


def identify(person: Person, device: int, at: int) -> Call:
    """Return the call of somebody signing in: here the anonymous visits get their person."""
    traits: dict[str, object] = {"city": person.city}
    if person.name:
        traits["name"] = person.name
    if person.phone:
        traits["phone"] = person.phone
    if person.email:
        traits["email"] = person.email
    return {
        "type": "identify", "timestamp": show_instant(at), "userId": person.user_id,
        "anonymousId": person.anonymous_id(device), "traits": traits,
        "context": {"channel": "app", "timezone": "Asia/Shanghai", "locale": "zh-CN"},
    }  # fmt: skip


def consent(person: Person, device: int, at: int, channel: str) -> Call:
    """Return the call of somebody allowing marketing on a channel."""
    return {
        "type": "track", "event": "Consent Granted", "timestamp": show_instant(at),
        "userId": person.user_id, "anonymousId": person.anonymous_id(device),
        "properties": {"channel": channel, "purpose": "marketing", "text_version": "2026-01"},
        "context": {"channel": "app"},
    }  # fmt: skip


def order_call(
    person: Person, at: int, event: str, order_id: str, properties: Mapping[str, object]
) -> Call:
    """Return a call of the shop's server about an order."""
    return {
        "type": "track", "event": event, "timestamp": show_instant(at), "userId": person.user_id,
        "properties": {"order_id": order_id, **properties},
        "context": {"channel": "server"},
    }  # fmt: skip


def product_lines(products: Sequence[Product]) -> list[dict[str, object]]:
    """Return the lines of an order."""
    return [
        {"product_id": p.id, "name": p.name, "category": p.category, "price": p.price / 100,
         "quantity": 1}
        for p in products
    ]  # fmt: skip
