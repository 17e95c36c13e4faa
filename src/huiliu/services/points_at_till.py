"""Points at a till: what they are worth as money, what a sale earns, and what undoes both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from huiliu.kernel.errors import Refused
from huiliu.kernel.events import NewEvent
from huiliu.kernel.money import minor_units
from huiliu.ports.pos import Receipt
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.services.earn_points import Told, earned_for, earning_operations
from huiliu.services.post_points import post
from huiliu.services.programme import programme
from huiliu.services.sale_data import shown_points

__all__ = ["burning", "earning", "points_worth", "return_points", "would_earn"]

PAID: Final = "Order Paid"
_NOTHING: Final = Decimal(0)
_ALL: Final = Decimal(1)


def points_worth(
    tx: Tx, world: World, brand_id: int, points: Decimal, total: int, currency: str
) -> int:
    """Return what points take off a total, in minor units, rounded down.

    Raises:
        Refused: the programme gives a point no value in this currency, or they are worth more than
            is to be paid.
    """
    if not points:
        return 0
    value = programme(tx, world, brand_id).value
    if value is None or value.currency != currency:
        raise Refused("points_have_no_value")
    exact = (points * value.amount).scaleb(minor_units(currency))
    worth = int(exact.to_integral_value(ROUND_DOWN))
    if worth > total:
        raise Refused("points_above_total")
    return worth


def would_earn(
    tx: Tx, world: World, brand_id: int, profile_id: int | None, told: Mapping[str, Any]
) -> Decimal:
    """Return the points that an order would earn now; limits per person are not asked."""
    if profile_id is None:
        return _NOTHING
    order = Told(PAID, profile_id, str(told["channel"]), told, world.clock.now())
    return sum((one.points for one in earned_for(tx, world, brand_id, order)), _NOTHING)


def burning(
    tx: Tx, world: World, receipt: Receipt, points: Decimal
) -> tuple[Receipt, list[Operation]]:
    """Return the sale paid with points as far as they reach, and what takes them away.

    Raises:
        Refused: nobody is there whose points they are, or they are worth nothing here.
    """
    if not points:
        return receipt, []
    if receipt.profile_id is None:
        raise Refused("no_person")
    worth = points_worth(tx, world, receipt.brand_id, points, receipt.total, receipt.currency)
    burn = Operation(
        f"{receipt.order_id}:burn", Kind.BURN, receipt.profile_id, points, channel="store",
        reason="checkout", order_id=receipt.order_id,
    )  # fmt: skip
    sale = {**receipt.sale, "points_worth": worth}
    return replace(receipt, points_burnt=points, total=receipt.total - worth, sale=sale), [burn]


def earning(
    tx: Tx, world: World, receipt: Receipt, told: Mapping[str, Any]
) -> tuple[Receipt, list[Operation]]:
    """Return the sale with the points that it earns, and what gives them.

    They are the very operations of whoever hears of the order later: they are booked once.
    """
    if receipt.profile_id is None:
        return receipt, []
    order = Told(PAID, receipt.profile_id, str(told["channel"]), told, receipt.occurred_at)
    rules = programme(tx, world, receipt.brand_id).rules
    # How often a rule still gives to a person is for the log's one reader to say.
    limited = {one.id for one in rules if one.limit is not None}
    operations = [
        one
        for one in earning_operations(tx, world, receipt.brand_id, order)
        if one.reason not in limited
    ]
    earned = sum((one.amount for one in operations), _NOTHING)
    return replace(
        receipt, sale={**receipt.sale, "points_earned": shown_points(earned)}
    ), operations


def return_points(tx: Tx, world: World, receipt: Receipt) -> list[NewEvent]:
    """Take back what a sale earned and give back what was spent on it; return what is told.

    They are the very operations of whoever hears that the order was refunded.
    """
    if receipt.profile_id is None:
        return []
    order, who, now = receipt.order_id, receipt.profile_id, world.clock.now()
    operations = [
        Operation(
            f"{does.value}:{order}:{who}:all", does, who, reason="order_undone", order_id=order,
            share=_ALL, at=now, body=b"undone",
        )
        for does in (Kind.CLAW_BACK, Kind.GIVE_BACK)
    ]  # fmt: skip
    return post(tx, world, receipt.brand_id, operations).events
