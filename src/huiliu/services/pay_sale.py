"""Begins to pay a sale: coupons reserved, points taken, an intent written, then the provider asked.

The sale is `pending` until a signed notice, or an answer of the provider, says that it was paid.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.payment import (
    Good,
    Intent,
    IntentRow,
    IntentState,
    Payment,
    PaymentAccount,
    Way,
)
from huiliu.ports.pos import Origin, Receipt, ReceiptState
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.amounts import shown
from huiliu.rewards.sale import Sale
from huiliu.services.commit_sale import asked_of, found_before, introduce, named_in
from huiliu.services.pay_links import notify_url, receipt_url
from huiliu.services.payment_accounts import account_of
from huiliu.services.points_at_till import burning
from huiliu.services.pos_basket import basket_of
from huiliu.services.pos_people import buyer_of
from huiliu.services.post_points import post
from huiliu.services.redeem_coupon import OrderAsked, reserve_in
from huiliu.services.sale_data import sale_data
from huiliu.services.settle_payment import complete_in

__all__ = ["GOOD_FOR", "Begun", "Wish", "intent_of", "pay_again", "pay_sale"]

#: Nobody stands at a till longer; a coupon is kept a little longer than its payment can come.
GOOD_FOR: Final = 15 * MINUTE
_KEPT_FOR: Final = 25 * MINUTE
#: A notice comes at once; when it does not, the provider is asked.
_ASK_AFTER: Final = 10 * SECOND
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to pay."""

    #: The brand's account at a provider.
    account: str
    way: Way = Way.QR
    origin: Origin = Origin.TILL
    locale: str = "zh-CN"
    payer_ip: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sale that is being paid, or that needed no payment."""

    receipt: Receipt
    intent: IntentRow | None


def pay_sale(
    world: World, brand_id: int, sale: Sale, given: Mapping[str, Any], wish: Wish
) -> Begun:
    """Begin to pay a sale, or find how it stands: the same receipt is paid once.

    Raises:
        BadInput: a line cannot be priced, nobody can be named so, or the account takes another
            currency.
        NotFound: there is no such account.
        Refused: a code or points cannot be used, or the receipt's number is another sale's.
    """
    account, provider = account_of(world, brand_id, wish.account)
    now = world.clock.now()
    with world.store.system() as tx:
        before = found_before(tx, world, brand_id, sale, given)
        if before is not None:
            return _again(tx, before)
        if account.is_paused:
            raise Refused("account_paused")
        buyer = buyer_of(tx, world, brand_id, given)
        basket = basket_of(tx, brand_id, sale)
        if provider.currencies and basket.currency not in provider.currencies:
            known = ", ".join(sorted(provider.currencies))
            raise BadInput((Problem("currency", text("pay.currency", known=known)),))
        receipt = Receipt(
            brand_id, sale.order_id, sale.store, sale.terminal, sale.business_date, sale.receipt,
            ReceiptState.PENDING, wish.origin, asked_of(sale), buyer.profile_id, basket.currency,
            basket.total, 0, _NOTHING, occurred_at=now, created_at=now,
        )  # fmt: skip
        if not tx.pos.begin(receipt):
            before = found_before(tx, world, brand_id, sale, given)
            assert before is not None, "a number that was taken has a sale"
            return _again(tx, before)
        asked = OrderAsked(
            sale.order_id, basket, buyer.profile_id, sale.codes,
            buyer.stranger(world.secrets, brand_id),
        )  # fmt: skip
        redemption = reserve_in(tx, world, brand_id, asked, now, _KEPT_FOR)
        data = sale_data(basket, redemption.pricing) | named_in(world, brand_id, buyer)
        receipt = replace(receipt, total=data["total"], discount=data["discount"], sale=data)
        receipt, operations = burning(tx, world, receipt, sale.points)
        posting = post(tx, world, brand_id, operations)
        for answer in posting.answers:
            if answer.refused:
                raise Refused(answer.refused)
        events = [*redemption.events, *posting.events]
        if receipt.total == 0:
            done, more = complete_in(tx, world, receipt)
            introduce(tx, world, receipt, buyer, now)
            tx.log.append([*events, *more])
            return Begun(done, None)
        tx.pos.put(receipt)
        row = _written(tx, receipt, account, wish, now)
        introduce(tx, world, receipt, buyer, now)
        tx.log.append(events)
    return Begun(receipt, _open(world, account, provider, receipt, row, wish))


def pay_again(world: World, brand_id: int, order_id: str, wish: Wish) -> Begun:
    """Begin another payment of a sale whose last one was closed.

    Raises:
        NotFound: there is no such sale or account.
    """
    account, provider = account_of(world, brand_id, wish.account)
    now = world.clock.now()
    with world.store.system() as tx:
        receipt = tx.pos.lock(brand_id, order_id)
        if receipt is None:
            raise NotFound("receipt", order_id[:80])
        found = _again(tx, receipt)
        # One that was paid, if another amount, is for people to look at: nobody pays twice.
        is_closed = found.intent is None or found.intent.state is IntentState.CLOSED
        if receipt.state is not ReceiptState.PENDING or not is_closed:
            return found
        if now > receipt.created_at + GOOD_FOR:
            raise Refused("too_late")
        row = _written(tx, receipt, account, wish, now)
    return Begun(receipt, _open(world, account, provider, receipt, row, wish))


def intent_of(tx: Tx, brand_id: int, order_id: str) -> IntentRow | None:
    """Return the newest payment of a sale."""
    return next(iter(tx.payments.of_order(brand_id, order_id)), None)


def _again(tx: Tx, receipt: Receipt) -> Begun:
    """Return how a sale stands that was begun before."""
    return Begun(receipt, intent_of(tx, receipt.brand_id, receipt.order_id))


def _written(tx: Tx, receipt: Receipt, account: PaymentAccount, wish: Wish, now: int) -> IntentRow:
    """Write an intent down before the provider hears of it."""
    row = IntentRow(
        receipt.brand_id, secrets.token_hex(16), account.name, account.provider, receipt.order_id,
        receipt.total, receipt.currency, wish.way, IntentState.OPENING, "", "", "", now,
        receipt.created_at + GOOD_FOR, 0, now + _ASK_AFTER,
    )  # fmt: skip
    tx.payments.add(row)
    return row


def _open(
    world: World,
    account: PaymentAccount,
    provider: Payment,
    receipt: Receipt,
    row: IntentRow,
    wish: Wish,
) -> IntentRow:
    """Open an intent at the provider and note what became of it."""
    goods = tuple(
        Good(one["sku"], one["name"] or one["sku"], one["quantity"], one["unit_price"])
        for one in receipt.sale["lines"]
    )
    intent = Intent(
        row.intent_id, row.amount, row.currency, _title(receipt, wish.locale), wish.way,
        notify_url(world, account), receipt_url(world, receipt.brand_id, receipt.order_id),
        row.expires_at, goods, wish.payer_ip,
    )  # fmt: skip
    opened = provider.open(account, [intent])[0]
    with world.store.system() as tx:
        tx.payments.opened(row, opened, row.ask_at)
        found = tx.payments.get(row.brand_id, row.intent_id)
    assert found is not None
    return found


def _title(receipt: Receipt, locale: str) -> str:
    """Return what payers read inside paying: the store, and what a promotion saves them."""
    store = receipt.store
    named = [one["name"].get(locale) or one["promotion"] for one in receipt.sale["applied"]
             if one["discount"]]  # fmt: skip
    if not named:
        return render(text("pay.title", store=store), locale)
    saved = shown(receipt.discount, receipt.currency)
    said = text("pay.title_saved", store=store, promotion=named[0], amount=saved)
    return render(said, locale)
