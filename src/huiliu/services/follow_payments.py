"""Asks how payments stand whose notice did not come, closes old ones, gives money back."""

from __future__ import annotations

from huiliu.kernel.errors import NotFound
from huiliu.ports.payment import Asked, IntentRow, IntentState
from huiliu.ports.world import World
from huiliu.services.payment_accounts import account_of
from huiliu.services.settle_payment import give_up, settle

__all__ = ["follow_payment", "follow_payments"]


def follow_payments(world: World, limit: int) -> int:
    """Ask about some payments that are due; return how many."""
    with world.store.system() as tx:
        rows = tx.payments.due(world.clock.now(), limit)
    for row in rows:
        follow_payment(world, row)
    return len(rows)


def follow_payment(world: World, row: IntentRow) -> None:
    """Ask how one payment stands, and do what follows.

    Nothing is closed here before its provider closed it: who pays in the last second has paid.
    """
    try:
        account, provider = account_of(world, row.brand_id, row.account)
    except NotFound:
        return
    if row.state is IntentState.CLOSED:
        give_up(world, row)
        with world.store.system() as tx:
            tx.payments.rest(row.brand_id, row.intent_id)
        return
    if row.state is IntentState.REFUNDING:
        refund = (row.intent_id, row.amount, row.currency)
        _take(world, row, provider.refund(account, [refund])[0])
        return
    asked = provider.ask(account, [row.intent_id])[0]
    is_over = world.clock.now() > row.expires_at
    if is_over and asked.state in {None, IntentState.OPEN}:
        asked = provider.close(account, [row.intent_id])[0]
    _take(world, row, asked)


def _take(world: World, row: IntentRow, asked: Asked) -> None:
    """Write down what a provider answered, where it did."""
    if asked.state is not None and asked.state is not IntentState.OPEN:
        settle(world, row.brand_id, row.account, asked)
