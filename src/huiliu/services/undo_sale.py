"""Undoes a sale: coupons roll back, points go back, money is given back, the log is told."""

from __future__ import annotations

from dataclasses import replace

from huiliu.kernel.errors import NotFound, Refused
from huiliu.kernel.events import NewEvent
from huiliu.ports.payment import IntentState
from huiliu.ports.pos import Receipt, ReceiptState
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.points_at_till import return_points
from huiliu.services.redeem_coupon import roll_back_in
from huiliu.services.sale_events import void_event

__all__ = ["drop_in", "void_in", "void_sale"]


def void_sale(
    world: World, brand_id: int, order_id: str, by: str, reason: str = ""
) -> tuple[Receipt, bool]:
    """Undo a sale as a whole; return it and whether it was undone before.

    Raises:
        NotFound: there is no such sale.
    """
    with world.store.system() as tx:
        receipt = tx.pos.lock(brand_id, order_id)
        if receipt is None:
            raise NotFound("receipt", order_id[:80])
        if receipt.state is ReceiptState.VOIDED:
            return receipt, True
        voided, events = void_in(tx, world, receipt, by, reason)
        tx.log.append(events)
    return voided, False


def void_in(
    tx: Tx, world: World, receipt: Receipt, by: str, reason: str
) -> tuple[Receipt, list[NewEvent]]:
    """Undo a sale that is locked; the caller appends what is told to the log, last of all."""
    now = world.clock.now()
    events = _give_back(tx, world, receipt, by, reason)
    for intent in tx.payments.of_order(receipt.brand_id, receipt.order_id):
        if intent.state is IntentState.PAID:
            tx.payments.settle(intent, IntentState.REFUNDING, "", "", now)
    if receipt.state is ReceiptState.COMMITTED:
        events.append(void_event(world, receipt, reason, now))
    voided = replace(receipt, state=ReceiptState.VOIDED, voided_at=now, voided_by=by[:80])
    tx.pos.put(voided)
    return voided, events


def drop_in(tx: Tx, world: World, receipt: Receipt) -> tuple[Receipt, list[NewEvent]]:
    """Let go of a sale that was never paid, and is locked: nobody hears of an order."""
    events = _give_back(tx, world, receipt, "", "unpaid")
    dropped = replace(receipt, state=ReceiptState.DROPPED)
    tx.pos.put(dropped)
    return dropped, events


def _give_back(tx: Tx, world: World, receipt: Receipt, by: str, reason: str) -> list[NewEvent]:
    """Roll coupons back and return points; return what is told of it."""
    events: list[NewEvent] = []
    try:
        redemption = roll_back_in(
            tx,
            world,
            receipt.brand_id,
            receipt.order_id,
            world.clock.now(),
            by,
            reason or "void",
        )
        events += redemption.events
    except (NotFound, Refused):
        # It was sold without a connection and without our promotions, or its time has ended.
        pass
    return [*events, *return_points(tx, world, receipt)]
