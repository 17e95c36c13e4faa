"""The calls that the virtual shop's app and servers make, in Segment's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.times import show_instant
from huiliu.simulator.model import Place, Product
from huiliu.simulator.people import Person

__all__ = [
    "SHOP", "Visit", "add_to_cart", "consent", "identify", "order_call", "product_lines", "view",
]  # fmt: skip

#: Where the links of its messages lead; a host that is reserved for examples.
SHOP = "https://shop.example"

Call = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came, by which device, and where."""

    person: Person
    device: int
    place: Place
    #: Whether an advertisement brought them.
    is_paid: bool = False

    @property
    def context(self) -> dict[str, object]:
        """What the app says of itself."""
        found: dict[str, object] = {"channel": self.place.channel}
        if self.is_paid:
            found["campaign"] = {"source": self.place.source, "medium": "cpc"}
        return found

    @property
    def who(self) -> dict[str, object]:
        """Who the app on the device believes it serves."""
        found: dict[str, object] = {"anonymousId": self.person.anonymous_id(self.device)}
        if self.device in self.person.devices:
            found["userId"] = self.person.user_id
        return found


def view(visit: Visit, at: int, product: Product) -> Call:
    """Return the call of a product page."""
    return {
        "type": "track", "event": "Product Viewed", "timestamp": show_instant(at), **visit.who,
        "properties": {
            "product_id": product.id, "category": product.category, "price": product.price / 100,
        },
        "context": visit.context,
    }  # fmt: skip


def add_to_cart(visit: Visit, at: int, product: Product) -> Call:
    """Return the call of something put into the cart."""
    return {
        "type": "track", "event": "Product Added", "timestamp": show_instant(at), **visit.who,
        "properties": {"product_id": product.id, "price": product.price / 100, "quantity": 1},
        "context": visit.context,
    }  # fmt: skip


def identify(visit: Visit, at: int) -> Call:
    """Return the call of somebody signing in: here the anonymous visits get their person."""
    person = visit.person
    traits: dict[str, object] = {"city": person.city}
    if person.name:
        traits["name"] = person.name
    if person.phone:
        traits["phone"] = person.phone
    if person.email:
        traits["email"] = person.email
    return {
        "type": "identify", "timestamp": show_instant(at), "userId": person.user_id,
        "anonymousId": person.anonymous_id(visit.device), "traits": traits,
        "context": {**visit.context, "timezone": "Asia/Shanghai", "locale": "zh-CN"},
    }  # fmt: skip


def consent(visit: Visit, at: int, channel: str) -> Call:
    """Return the call of somebody allowing marketing on a channel."""
    return {
        "type": "track", "event": "Consent Granted", "timestamp": show_instant(at),
        "userId": visit.person.user_id, "anonymousId": visit.person.anonymous_id(visit.device),
        "properties": {"channel": channel, "purpose": "marketing", "text_version": "2026-01"},
        "context": visit.context,
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
