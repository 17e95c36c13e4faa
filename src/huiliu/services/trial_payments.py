"""The page of the trial provider: what it asks to be paid, and the notice that a button sends."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.kernel.errors import NotFound
from huiliu.ports.payment import Asked, IntentRow, IntentState, Tried
from huiliu.ports.world import World
from huiliu.services.pay_links import notify_url, receipt_url
from huiliu.services.payment_accounts import account_of
from huiliu.services.settle_payment import receive_notice

__all__ = ["Trial", "answer_trial", "look_at_trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A payment of the trial provider."""

    intent: IntentRow
    #: Where its payer goes back to.
    back: str

    @property
    def is_open(self) -> bool:
        """Say whether it can be answered."""
        return self.intent.state in {IntentState.OPENING, IntentState.OPEN}


def look_at_trial(world: World, written: str) -> Trial:
    """Return the payment of `1-<intent>`; raise NotFound where it is none of the trial's."""
    brand, _, intent_id = written.partition("-")
    if not (brand.isascii() and brand.isdigit() and len(brand) < 5):
        raise NotFound("payment", "…")
    with world.store.system() as tx:
        row = tx.payments.get(int(brand), intent_id[:64])
    if row is None or not isinstance(world.payments.get(row.provider), Tried):
        raise NotFound("payment", "…")
    return Trial(row, receipt_url(world, row.brand_id, row.order_id))


def answer_trial(world: World, written: str, *, is_paid: bool) -> Trial:
    """Send the notice that the payer paid or declined, as a provider would."""
    trial = look_at_trial(world, written)
    if trial.is_open:
        row = trial.intent
        account, provider = account_of(world, row.brand_id, row.account)
        assert isinstance(provider, Tried)
        state = IntentState.PAID if is_paid else IntentState.CLOSED
        asked = Asked(row.intent_id, state, row.amount, row.currency)
        url = notify_url(world, account)
        notice = provider.pressed(account, asked, url, world.clock.now())
        receive_notice(world, url.rpartition("/")[2], notice)
    return look_at_trial(world, written)
