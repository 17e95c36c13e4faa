"""What is told of coupons and promotions, as Huiliu's own events: the same act, the same event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import structs

from huiliu.catalogue.product import major_amount
from huiliu.kernel.events import Identifier, NewEvent
from huiliu.kernel.facts import Value
from huiliu.ports.rewards import RedemptionPart, RedemptionRow
from huiliu.rewards.limits import Claim
from huiliu.services.message_events import internal_event

__all__ = [
    "EXPIRED", "ISSUED", "REDEEMED", "RESERVED", "ROLLED_BACK", "issued_event",
    "redemption_events", "takes_back",
]  # fmt: skip

ISSUED: Final = "Coupon Issued"
RESERVED: Final = "Coupon Reserved"
REDEEMED: Final = "Coupon Redeemed"
ROLLED_BACK: Final = "Coupon Rolled Back"
EXPIRED: Final = "Coupon Expired"
#: What the same is called of a promotion that needs no code; a reservation of one is not told.
_WITHOUT_CODE: Final = {REDEEMED: "Promotion Applied", ROLLED_BACK: "Promotion Undone"}
_MOST: Final = 1 << 62


def redemption_events(
    brand_id: int,
    row: RedemptionRow,
    parts: Sequence[RedemptionPart],
    name: str,
    at: int,
    stranger: Identifier | None = None,
) -> list[NewEvent]:
    """Return an event for each promotion of an order; of nobody there is nothing to tell."""
    if row.profile_id is None and stranger is None:
        return []
    found = []
    for nth, part in enumerate(parts):
        called = name if part.code else _WITHOUT_CODE.get(name)
        if called is None:
            continue
        told: dict[str, Value] = {
            "promotion": part.promotion, "promotion_version": part.version,
            "coupon": part.coupon or None, "order_id": row.order_id,
            "discount": major_amount(part.discount, row.currency), "currency": row.currency,
            "channel": row.channel or None, "store": row.store or None,
        }  # fmt: skip
        # An order may be reserved anew, so its time is a part of what makes the event.
        key = (row.order_id, part.promotion, part.code, nth, at)
        event = internal_event(brand_id, row.profile_id or 0, called, told, at, *key)
        if row.profile_id is None and stranger is not None:
            body = msgspec.json.encode({"properties": told})
            event = structs.replace(event, identifiers=(stranger,), body=body)
        found.append(event)
    return found


def issued_event(
    brand_id: int, profile_id: int, told: dict[str, Value], at: int, key: bytes
) -> NewEvent:
    """Return the event that says that somebody got a coupon; its code is not told."""
    return internal_event(brand_id, profile_id, ISSUED, told, at, told["coupon"], key)


def takes_back(row: RedemptionRow) -> list[Claim]:
    """Return the claims that give back what an order took."""
    claims = msgspec.json.decode(row.claims, type=list[Claim])
    return [structs.replace(one, n=-one.n, cap=_MOST) for one in claims]
