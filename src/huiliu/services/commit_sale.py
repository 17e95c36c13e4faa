"""Commits a till's sale: coupons, points, receipt and order in one transaction, once a receipt.

A repeat of the same receipt is answered as the first was. What was sold without a connection has
happened: it is taken as it was, and what Huiliu would not have given is noted beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import msgspec

from huiliu.kernel.errors import BadInput, Refused
from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import digest
from huiliu.ports.pos import Origin, Receipt, ReceiptState
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket
from huiliu.rewards.points import Operation
from huiliu.rewards.sale import Sale
from huiliu.services.ingest import accept
from huiliu.services.points_at_till import burning, earning
from huiliu.services.pos_basket import basket_of
from huiliu.services.pos_people import Buyer, buyer_of
from huiliu.services.post_points import post
from huiliu.services.redeem_coupon import OrderAsked, redeem_in
from huiliu.services.sale_data import bare_data, sale_data
from huiliu.services.sale_events import order_properties, sale_event

__all__ = ["Committed", "asked_of", "commit_sale", "found_before", "introduce", "named_in"]

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Committed:
    """A sale that stands, and whether it stood before."""

    receipt: Receipt
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class _Leniency:
    """What is let go of a sale that has happened already, and what is noted for it."""

    codes: bool = True
    points: bool = True
    promotions: bool = True
    differences: tuple[str, ...] = ()

    def less(self, sale: Sale, reason: str) -> _Leniency | None:
        """Return what is let go next; None = there is nothing left."""
        if self.codes and sale.codes:
            return replace(self, codes=False, differences=(*self.differences, f"codes:{reason}"))
        if self.points and sale.points:
            return replace(self, points=False, differences=(*self.differences, f"points:{reason}"))
        if self.promotions:
            noted = (*self.differences, f"promotions:{reason}")
            return replace(self, promotions=False, differences=noted)
        return None


def commit_sale(world: World, brand_id: int, sale: Sale, given: Mapping[str, Any]) -> Committed:
    """Commit a sale, or find that it was.

    Raises:
        BadInput: a line cannot be priced, or nobody can be named so.
        Refused: a code or points cannot be used, the till's total is another than ours, or the
            receipt's number was used for another sale. Nothing is written then.
    """
    leniency = _Leniency()
    while True:
        try:
            return _commit(world, brand_id, sale, given, leniency)
        except Refused as fault:
            less = leniency.less(sale, fault.reason) if sale.is_offline else None
            if less is None or fault.reason in {"receipt_reused", "being_paid"}:
                raise
            leniency = less


def asked_of(sale: Sale) -> bytes:
    """Return the hash of what was sold: the same receipt must say the same.

    How it was paid, and whether the till had a connection, may be told differently the second time.
    """
    lines = [(one.sku, one.barcode, one.quantity, one.unit_price) for one in sale.lines]
    return digest(msgspec.json.encode((lines, sale.codes, str(sale.points))))


def found_before(
    tx: Tx, world: World, brand_id: int, sale: Sale, given: Mapping[str, Any]
) -> Receipt | None:
    """Return the sale that a receipt's number stands for, locked; None = it is a new one.

    Nothing is asked that may have changed since: a product may be gone by now, a code too old.

    Raises:
        Refused: it was another sale.
    """
    before = tx.pos.lock(brand_id, sale.order_id)
    if before is None:
        return None
    is_same = before.asked == asked_of(sale) and sale.currency in {"", before.currency}
    if not is_same or not _is_whose(tx, world, before, given):
        raise Refused("receipt_reused")
    if sale.total not in {None, before.total} and not sale.is_offline:
        raise Refused("total_differs")
    return before


def _is_whose(tx: Tx, world: World, before: Receipt, given: Mapping[str, Any]) -> bool:
    """Say whether a sale was of the person who is named; whoever is not known may be anybody."""
    if before.profile_id is None:
        return True
    brand = before.brand_id
    try:
        named = buyer_of(tx, world, brand, given, before.created_at).profile_id
    except BadInput:
        return True
    whose = tx.people.present(brand, [before.profile_id]).get(before.profile_id)
    return named in {None, before.profile_id, whose}


def _commit(
    world: World, brand_id: int, sale: Sale, given: Mapping[str, Any], leniency: _Leniency
) -> Committed:
    """Commit a sale as far as it is let."""
    now = world.clock.now()
    at = min(sale.occurred_at, now) if sale.is_offline and sale.occurred_at else now
    with world.store.system() as tx:
        before = found_before(tx, world, brand_id, sale, given)
        if before is None:
            buyer = buyer_of(tx, world, brand_id, given, at)
            basket = basket_of(tx, brand_id, sale)
            begun = _begun(brand_id, sale, buyer, basket, at, now)
            if not tx.pos.begin(begun):
                before = found_before(tx, world, brand_id, sale, given)
        if before is not None:
            if before.state in {ReceiptState.PENDING, ReceiptState.DROPPED}:
                raise Refused("being_paid")
            return Committed(before, is_repeat=True)
        receipt, events = _priced(tx, world, begun, sale, buyer, basket, leniency, at)
        burnt = sale.points if leniency.points else _NOTHING
        receipt, operations = burning(tx, world, receipt, burnt)
        receipt, earned = _earned(tx, world, _as_charged(receipt, sale))
        posting = post(tx, world, brand_id, [*operations, *earned])
        for _, answer in zip(operations, posting.answers, strict=False):
            if answer.refused:
                raise Refused(answer.refused)
        tx.pos.put(receipt)
        introduce(tx, world, receipt, buyer, now)
        # Last of all: the log is locked from here to commit.
        tx.log.append([*events, *posting.events, sale_event(world, receipt, now)])
    return Committed(receipt, is_repeat=False)


def _earned(tx: Tx, world: World, receipt: Receipt) -> tuple[Receipt, list[Operation]]:
    """Return the sale with what it earns, of what was charged at last."""
    return earning(tx, world, receipt, order_properties(receipt))


def _begun(brand_id: int, sale: Sale, buyer: Buyer, basket: Basket, at: int, now: int) -> Receipt:
    """Return a sale as it is first written down."""
    return Receipt(
        brand_id, sale.order_id, sale.store, sale.terminal, sale.business_date, sale.receipt,
        ReceiptState.COMMITTED, Origin.OFFLINE if sale.is_offline else Origin.TILL,
        asked_of(sale), buyer.profile_id, basket.currency, basket.total, 0, _NOTHING,
        occurred_at=at, created_at=now, committed_at=now,
    )  # fmt: skip


def _priced(  # noqa: PLR0913, PLR0917 - one step of the one above
    tx: Tx,
    world: World,
    receipt: Receipt,
    sale: Sale,
    buyer: Buyer,
    basket: Basket,
    leniency: _Leniency,
    at: int,
) -> tuple[Receipt, list[NewEvent]]:
    """Return the sale with its prices, coupons redeemed, and what is told of them."""
    events: list[NewEvent] = []
    data = bare_data(basket)
    if leniency.promotions:
        asked = OrderAsked(
            sale.order_id, basket, receipt.profile_id, sale.codes if leniency.codes else (),
            buyer.stranger(world.secrets, receipt.brand_id),
        )  # fmt: skip
        redemption = redeem_in(tx, world, receipt.brand_id, asked, at)
        data, events = sale_data(basket, redemption.pricing), [*redemption.events]
    data |= named_in(world, receipt.brand_id, buyer)
    data["tenders"] = [{"kind": kind, "amount": amount} for kind, amount in sale.tenders]
    priced = replace(
        receipt, total=data["total"], discount=data["discount"], sale=data,
        differences=leniency.differences,
    )  # fmt: skip
    return priced, events


def _as_charged(receipt: Receipt, sale: Sale) -> Receipt:
    """Return the sale with the total that the till charged.

    Raises:
        Refused: it is another than ours, and the buyer still stands there.
    """
    if sale.total is None or sale.total == receipt.total:
        return receipt
    if not sale.is_offline:
        raise Refused("total_differs")
    noted = (*receipt.differences, f"total:{receipt.total}")
    return replace(receipt, total=sale.total, differences=noted)


def named_in(world: World, brand_id: int, buyer: Buyer) -> dict[str, str]:
    """Return how a sale keeps the name of somebody without a profile: its hash, nothing else."""
    stranger = buyer.stranger(world.secrets, brand_id)
    return {"stranger": f"{int(stranger.type)}:{stranger.key.hex()}"} if stranger else {}


def introduce(tx: Tx, world: World, receipt: Receipt, buyer: Buyer, now: int) -> None:
    """Make the name of somebody new known: its value goes to the vault, its hash to the log."""
    if buyer.named is None:
        return
    type_, value = buyer.named
    message = {
        "type": "identify", "messageId": f"{receipt.order_id}:who", "traits": {},
        "context": {"channel": "store", "externalIds": [{"type": type_.word, "id": value}]},
    }  # fmt: skip
    accept(tx, world, receipt.brand_id, [message], received_at=now, historical=False)
