"""Finds sales: the latest ones, and one with its payment as it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import SECOND
from huiliu.ports.payment import IntentRow, IntentState
from huiliu.ports.pos import Receipt, ReceiptFilter
from huiliu.ports.world import World
from huiliu.services.follow_payments import follow_payment
from huiliu.services.pay_sale import intent_of

__all__ = ["Sales", "list_sales", "payment_of"]

#: Whoever waits asks every other second; the provider is asked this seldom at most.
_ASK_EVERY: Final = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Sales:
    """A page of sales."""

    rows: Sequence[Receipt]
    #: The mark that the next page begins behind; None on the last.
    next: str | None


def list_sales(
    world: World, brand_id: int, chosen: ReceiptFilter, before: str, per_page: int
) -> Sales:
    """Return sales, newest first, behind a mark."""
    at, _, order_id = before.partition("~")
    is_mark = at.isascii() and at.isdigit() and len(at) < 19
    mark = (int(at), order_id) if is_mark else None
    with world.store.transaction(brand_id) as tx:
        rows = tx.pos.list(brand_id, chosen, per_page + 1, mark)
    shown = rows[:per_page]
    more = len(rows) > per_page
    return Sales(shown, f"{shown[-1].created_at}~{shown[-1].order_id}" if more else None)


def payment_of(world: World, brand_id: int, order_id: str) -> tuple[Receipt, IntentRow | None]:
    """Return a sale and its newest payment; a provider that was silent for long is asked.

    Raises:
        NotFound: there is no such sale.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        intent = intent_of(tx, brand_id, order_id)
        is_silent = (
            intent is not None
            and intent.state in {IntentState.OPENING, IntentState.OPEN}
            and 0 < intent.ask_at <= now
            and tx.payments.put_off(brand_id, intent.intent_id, now, now + _ASK_EVERY)
        )
    if is_silent and intent is not None:
        follow_payment(world, intent)
    with world.store.transaction(brand_id) as tx:
        receipt = tx.pos.get(brand_id, order_id)
        intent = intent_of(tx, brand_id, order_id)
    if receipt is None:
        raise NotFound("receipt", order_id[:80])
    return receipt, intent
