"""Settles what providers say of payments: a sale is committed once, and nothing paid is lost.

Money that comes when there is nothing to pay any more goes back by itself.
"""

from __future__ import annotations

from dataclasses import replace

from huiliu.kernel.errors import NotFound, Refused
from huiliu.kernel.events import NewEvent
from huiliu.ports.callback import Callback, CallbackAnswer
from huiliu.ports.payment import Asked, IntentRow, IntentState
from huiliu.ports.pos import Receipt, ReceiptState
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.pay_links import read_token
from huiliu.services.payment_accounts import account_of
from huiliu.services.points_at_till import earning
from huiliu.services.post_points import post
from huiliu.services.redeem_coupon import confirm_in
from huiliu.services.sale_events import order_properties, sale_event
from huiliu.services.undo_sale import drop_in

__all__ = ["complete_in", "give_up", "receive_notice", "settle"]

_OVER = frozenset({IntentState.PAID, IntentState.REFUNDING, IntentState.REFUNDED})


def receive_notice(world: World, token: str, request: Callback) -> CallbackAnswer:
    """Take a provider's notice in; it is told that it was taken when all of it is durable.

    Raises:
        NotFound: the address is of no account.
    """
    named = read_token(world, "notice", token)
    account, provider = account_of(world, named.brand_id, named.name)
    notice = provider.notice(account, request, world.clock.now())
    if notice.fault:
        return CallbackAnswer(
            status=notice.status, body=notice.refused, content_type=notice.content_type
        )
    if notice.asked is not None:
        settle(world, account.brand_id, account.name, notice.asked)
    return CallbackAnswer(status=200, body=notice.taken, content_type=notice.content_type)


def settle(world: World, brand_id: int, account: str, asked: Asked) -> IntentRow | None:
    """Write down how a payment stands, and what follows from it; None = it is not one of ours.

    Told twice, or by a notice and an answer at once, it is done once.
    """
    with world.store.system() as tx:
        row = tx.payments.get(brand_id, asked.intent_id)
        if row is None or row.account != account:
            return None
        # The sale first, then its payment: whoever begins one locks them in this order.
        receipt = tx.pos.lock(brand_id, row.order_id)
        row = tx.payments.lock(brand_id, asked.intent_id)
        assert receipt is not None
        assert row is not None
        if asked.state is IntentState.PAID:
            tx.log.append(_paid(tx, world, receipt, row, asked))
        elif asked.state is IntentState.CLOSED and row.state not in _OVER:
            tx.payments.settle(row, IntentState.CLOSED, asked.reference, asked.fault,
                               world.clock.now())  # fmt: skip
        elif asked.state is IntentState.REFUNDED and row.state in _OVER:
            tx.payments.settle(row, IntentState.REFUNDED, "", "", world.clock.now())
        return tx.payments.get(brand_id, asked.intent_id)


def complete_in(tx: Tx, world: World, receipt: Receipt) -> tuple[Receipt, list[NewEvent]]:
    """Commit a sale that was paid and is locked; the caller appends what is told, last of all."""
    now = world.clock.now()
    events: list[NewEvent] = []
    differences = receipt.differences
    try:
        events += confirm_in(tx, world, receipt.brand_id, receipt.order_id, now).events
    except (NotFound, Refused) as fault:
        # It was paid as it was priced; that its coupon was kept no longer is ours to bear.
        reason = fault.reason if isinstance(fault, Refused) else "gone"
        differences = (*differences, f"reservation:{reason}")
    receipt = replace(
        receipt, state=ReceiptState.COMMITTED, committed_at=now, occurred_at=now,
        differences=differences,
    )  # fmt: skip
    receipt, operations = earning(tx, world, receipt, order_properties(receipt))
    posting = post(tx, world, receipt.brand_id, operations)
    tx.pos.put(receipt)
    told = sale_event(world, receipt, now)
    return receipt, [*events, *posting.events, told]


def give_up(world: World, row: IntentRow) -> bool:
    """Let go of a sale whose time to pay has ended; False = it was paid, or may still be."""
    with world.store.system() as tx:
        receipt = tx.pos.lock(row.brand_id, row.order_id)
        intents = tx.payments.of_order(row.brand_id, row.order_id)
        if receipt is None or receipt.state is not ReceiptState.PENDING:
            return False
        if any(one.state is not IntentState.CLOSED for one in intents):
            return False
        _, events = drop_in(tx, world, receipt)
        tx.log.append(events)
    return True


def _paid(tx: Tx, world: World, receipt: Receipt, row: IntentRow, asked: Asked) -> list[NewEvent]:
    """Take in that a payment was made; return what is told of it."""
    now = world.clock.now()
    if row.state in _OVER:
        return []
    if (asked.amount, asked.currency) != (row.amount, row.currency):
        # Never sold for another amount than was asked: somebody has to look at it.
        fault = f"paid {asked.amount} {asked.currency}"
        tx.payments.settle(row, IntentState.PAID, asked.reference, fault, now)
        noted = (*receipt.differences, "paid_amount")
        tx.pos.put(replace(receipt, differences=noted))
        return []
    if receipt.state is not ReceiptState.PENDING:
        tx.payments.settle(row, IntentState.REFUNDING, asked.reference, "", now)
        return []
    tx.payments.settle(row, IntentState.PAID, asked.reference, "", now)
    _, events = complete_in(tx, world, receipt)
    return events
