"""What every event of an order carries, under one set of names for every shop.

The names are in `docs/reference/orders.md`; a journey written for one shop works for every other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.kernel.times import show_instant
from huiliu.sources.shops.stages import major

__all__ = ["DELIVERY", "SHIPMENT", "Line", "Ordered", "order_properties", "region"]

#: What `promised_at` promises.
SHIPMENT: Final = "shipment"
DELIVERY: Final = "delivery"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was ordered."""

    product_id: str
    name: str = ""
    quantity: int = 1
    #: Minor units, of one.
    price: int | None = None
    variant_id: str = ""
    sku: str = ""
    variant: str = ""
    category: str = ""
    image: str = ""
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as its events tell it; what a platform does not say stays empty and is left out."""

    order_id: str
    currency: str
    #: Minor units: what the buyer pays in all, and what was paid by now.
    total: int | None = None
    paid: int | None = None
    discount: int | None = None
    freight: int | None = None
    lines: tuple[Line, ...] = ()
    #: Where it goes, from the largest part to the smallest: province/city/district.
    region: str = ""
    #: ISO 3166.
    country: str = ""
    #: The latest moment of shipping, and of arriving, that the buyer was promised.
    ship_by: int | None = None
    deliver_by: int | None = None
    carrier: str = ""
    tracking_number: str = ""
    coupons: tuple[str, ...] = ()
    #: What else the platform tells, such as the live room it was sold in.
    more: dict[str, Value] = field(default_factory=dict)


def order_properties(order: Ordered) -> dict[str, Value]:
    """Return the properties of an order's events."""
    told: dict[str, Value] = {"order_id": order.order_id, "currency": order.currency}
    amounts = {
        "total": order.total, "paid": order.paid, "discount": order.discount,
        "freight": order.freight,
    }  # fmt: skip
    told |= {name: major(at, order.currency) for name, at in amounts.items() if at is not None}
    if order.lines:
        told["products"] = [_line(line, order.currency) for line in order.lines]
    words = {
        "region": order.region, "country": order.country, "carrier": order.carrier,
        "tracking_number": order.tracking_number,
    }  # fmt: skip
    told |= {name: word for name, word in words.items() if word}
    if order.ship_by is not None:
        told |= {"promised_at": show_instant(order.ship_by), "promise": SHIPMENT}
        told["ship_by"] = show_instant(order.ship_by)
    if order.deliver_by is not None:
        told |= {"promised_at": show_instant(order.deliver_by), "promise": DELIVERY}
    if order.coupons:
        told["coupon"] = order.coupons[0]
        told["coupons"] = list(order.coupons)
    return told | {name: value for name, value in order.more.items() if value or value == 0}


def region(parts: Iterable[str]) -> str:
    """Return a place from the largest part to the smallest, such as 广东省/广州市/海珠区.

    A part that repeats the one before (北京市/北京市) stands once.
    """
    found: list[str] = []
    for part in parts:
        word = part.strip()
        if word and word not in {"null", "0"} and (not found or found[-1] != word):
            found.append(word)
    return "/".join(found)


def _line(line: Line, currency: str) -> dict[str, Value]:
    """Return a line as a product of Segment's e-commerce specification."""
    told: dict[str, Value] = {"product_id": line.product_id, "quantity": line.quantity}
    words = {
        "name": line.name, "variant_id": line.variant_id, "sku": line.sku,
        "variant": line.variant, "category": line.category, "image_url": line.image,
    }  # fmt: skip
    told |= {name: word for name, word in words.items() if word}
    if line.price is not None:
        told["price"] = major(line.price, currency)
    if line.is_gift:
        told["is_gift"] = True
    return told
