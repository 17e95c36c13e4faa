"""Orders as they truly are: what fake shops show of them, and what must be told in the end."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

__all__ = ["FakeBuyer", "FakeLine", "FakeOrder", "FakeParcel", "live_a_little"]

_MINUTE: Final = 60_000_000


@dataclass(slots=True)
class FakeBuyer:
    """Who bought."""

    id: str
    phone: str
    email: str
    name: str


@dataclass(slots=True)
class FakeLine:
    """One thing that was ordered."""

    product_id: str
    variant_id: str
    sku: str
    name: str
    quantity: int
    #: Minor units, of one.
    price: int


@dataclass(slots=True)
class FakeParcel:
    """Part of an order on its way; instants in microseconds, None = not yet."""

    id: str
    shipped_at: int
    carrier: str
    tracking_number: str
    out_at: int | None = None
    delivered_at: int | None = None


@dataclass(slots=True)
class FakeOrder:
    """One order: everything that happened to it so far."""

    id: str
    buyer: FakeBuyer
    currency: str
    lines: list[FakeLine]
    created_at: int
    updated_at: int
    #: Grows by one with every change.
    version: int = 1
    paid_at: int | None = None
    parcels: list[FakeParcel] = field(default_factory=list)
    completed_at: int | None = None
    cancelled_at: int | None = None
    #: (id, when, minor units)
    refunds: list[tuple[str, int, int]] = field(default_factory=list)
    note: str = ""

    @property
    def total(self) -> int:
        """Return what it costs, in minor units."""
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def delivered_at(self) -> int | None:
        """Return when the last parcel arrived; None while one is under way."""
        if not self.parcels or any(one.delivered_at is None for one in self.parcels):
            return None
        return max(one.delivered_at or 0 for one in self.parcels)

    @property
    def state(self) -> str:
        """Return where it stands: created, paid, shipped, delivered, cancelled or refunded."""
        if self.refunds and sum(amount for _, _, amount in self.refunds) >= self.total:
            return "refunded"
        if self.cancelled_at is not None:
            return "cancelled"
        if self.delivered_at is not None:
            return "delivered"
        if self.parcels:
            return "shipped"
        return "created" if self.paid_at is None else "paid"

    @property
    def truth(self) -> set[str]:
        """Return the names of all that must be told of it."""
        told = {"Order Created"}
        told |= {"Order Paid"} if self.paid_at is not None else set()
        told |= {"Order Shipped"} if self.parcels else set()
        told |= {"Order Out For Delivery" for one in self.parcels if one.out_at is not None}
        told |= {"Order Delivered"} if self.delivered_at is not None else set()
        told |= {"Order Cancelled"} if self.cancelled_at is not None else set()
        return told | ({"Order Refunded"} if self.refunds else set())


def live_a_little(order: FakeOrder, at: int, chance: random.Random) -> str:
    """Let the next thing happen to an order; return what it was, "" where nothing can."""
    can = [what for what, is_open in _open(order).items() if is_open]
    if not can:
        return ""
    what = chance.choice(can)
    match what:
        case "paid":
            order.paid_at = at
        case "shipped":
            number = chance.randrange(10**9, 10**10)
            order.parcels.append(FakeParcel(f"{number}", at, "SF Express", f"SF{number}"))
        case "out":
            order.parcels[-1].out_at = at
        case "delivered":
            order.parcels[-1].delivered_at = at
        case "cancelled":
            order.cancelled_at = at
        case "refunded":
            order.refunds.append((f"{order.id}9", at, order.total))
        case _:
            order.note = f"note {chance.randrange(100)}"
    order.updated_at = at
    order.version += 1
    return what


def _open(order: FakeOrder) -> dict[str, bool]:
    """Return what may happen next."""
    is_over = order.state in {"cancelled", "refunded"}
    parcel = order.parcels[-1] if order.parcels else None
    return {
        "paid": not is_over and order.paid_at is None,
        "cancelled": not is_over and order.paid_at is None,
        "shipped": not is_over and order.paid_at is not None and parcel is None,
        "out": not is_over and parcel is not None and parcel.out_at is None
        and parcel.delivered_at is None,
        "delivered": not is_over and parcel is not None and parcel.delivered_at is None,
        "refunded": not is_over and order.paid_at is not None,
        "noted": not is_over,
    }  # fmt: skip
