"""Exchanges points for what a catalogue offers: stock, points and code in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from huiliu.kernel.errors import Conflict, NotFound, Refused
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.ports.exchanges import ExchangeRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.rewards.reward_catalogue import (
    KIND,
    Gives,
    Item,
    RewardCatalogue,
    parsed_catalogue,
)
from huiliu.services.issue_coupon import issue
from huiliu.services.member_tiers import tier_of
from huiliu.services.message_events import internal_event
from huiliu.services.post_points import post

__all__ = [
    "CANCELLED",
    "DONE",
    "SENT",
    "TO_SEND",
    "Exchanged",
    "cancel_exchange",
    "exchange",
    "live_catalogue",
    "send_exchange",
]

DONE: Final = "done"
TO_SEND: Final = "to_send"
SENT: Final = "sent"
CANCELLED: Final = "cancelled"
_EXCHANGED: Final = "Reward Exchanged"
_UNDONE: Final = "Reward Exchange Cancelled"
_REASON: Final = "exchange"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What became of an exchange."""

    row: ExchangeRow
    #: False = the same key was answered so before.
    is_new: bool


def exchange(  # noqa: PLR0913, PLR0917 - who takes what, where, under which key
    world: World,
    brand_id: int,
    profile_id: int,
    catalogue: str,
    item: str,
    channel: str,
    key: str,
    by: str,
) -> Exchanged:
    """Take an item for a person's points; the same key again returns the first answer.

    Raises:
        NotFound: there is no such catalogue, item or person.
        Conflict: the key was used for something else.
        Refused: not offered in this channel or now, not for this level, sold out, taken before,
            or too few points; then nothing has happened.
    """
    exchange_id = digest("exchange", brand_id, key)
    asked = digest("asked", profile_id, catalogue, item, channel)
    with world.store.system() as tx:
        now = world.clock.now()
        known = _answered(tx, brand_id, exchange_id, asked)
        if known is not None:
            return Exchanged(known, is_new=False)
        offered, version = live_catalogue(tx, brand_id, catalogue)
        found = offered.item(item)
        if found is None:
            raise NotFound("reward", f"{catalogue}/{item}")
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        price = _check(tx, brand_id, found, present, channel, now)
        row = ExchangeRow(
            exchange_id, asked, catalogue, item, version, present, channel, price,
            found.gives.value, found.subject, "", TO_SEND if found.gives.is_sent else DONE, now,
            now, by,
        )  # fmt: skip
        if not tx.exchanges.add(brand_id, row):
            # Somebody sent the same key at the same time, and has committed by now.
            first = _answered(tx, brand_id, exchange_id, asked)
            assert first is not None
            return Exchanged(first, is_new=False)
        _claim(tx, brand_id, catalogue, found, present)
        events: list[NewEvent] = []
        if found.gives is Gives.COUPON:
            issued = issue(
                tx, world, brand_id, found.subject, present, f"exchange:{exchange_id.hex()}", now,
                channel=channel,
            )  # fmt: skip
            row = replace(row, code=issued.code)
            tx.exchanges.settle(brand_id, row)
            events += issued.events
        burn = Operation(
            f"exchange:{exchange_id.hex()}", Kind.BURN, present, price, channel, _REASON,
            _order(exchange_id),
        )  # fmt: skip
        events += _post(tx, world, brand_id, burn)
        events.append(_event(brand_id, _EXCHANGED, row, now))
        tx.log.append(events)
    return Exchanged(row, is_new=True)


def cancel_exchange(
    world: World, brand_id: int, exchange_id: bytes, by: str, reason: str
) -> ExchangeRow:
    """Undo an exchange of something that was not sent yet: points and stock come back.

    Raises:
        NotFound: there is no such exchange.
        Refused: it was sent, or its code was handed out.
    """
    with world.store.system() as tx:
        now = world.clock.now()
        row = _locked(tx, brand_id, exchange_id)
        if row.state == CANCELLED:
            return row
        if row.state != TO_SEND:
            raise Refused("already_given")
        row = replace(row, state=CANCELLED, changed_at=now, by=by, reason=reason)
        tx.exchanges.settle(brand_id, row)
        tx.exchanges.release(brand_id, row.catalogue, row.item, 0)
        tx.exchanges.release(brand_id, row.catalogue, row.item, row.profile_id)
        back = Operation(
            f"exchange:{exchange_id.hex()}:cancelled", Kind.GIVE_BACK, row.profile_id, row.points,
            row.channel, _REASON, _order(exchange_id), by=by,
        )  # fmt: skip
        events = [*_post(tx, world, brand_id, back), _event(brand_id, _UNDONE, row, now)]
        tx.log.append(events)
    return row


def send_exchange(world: World, brand_id: int, exchange_id: bytes, by: str) -> ExchangeRow:
    """Write down that a gift was sent; raise NotFound, and Refused for what was cancelled."""
    with world.store.transaction(brand_id) as tx:
        row = _locked(tx, brand_id, exchange_id)
        if row.state == SENT:
            return row
        if row.state != TO_SEND:
            raise Refused("not_to_send")
        row = replace(row, state=SENT, changed_at=world.clock.now(), by=by)
        tx.exchanges.settle(brand_id, row)
    return row


def live_catalogue(tx: Tx, brand_id: int, slug: str) -> tuple[RewardCatalogue, int]:
    """Return a catalogue in use and its version; raise NotFound."""
    document = tx.documents.latest(brand_id, KIND, slug)
    if document.state == "archived":
        raise NotFound(KIND, slug)
    return parsed_catalogue(document.source), document.version


def _check(tx: Tx, brand_id: int, item: Item, profile_id: int, channel: str, now: int) -> Decimal:
    """Return what the item costs this person here and now; raise Refused if it may not be had."""
    price = item.price(channel)
    if price is None:
        raise Refused("channel")
    if not item.is_open(now):
        raise Refused("not_now")
    if item.levels:
        tier = tier_of(tx, brand_id, profile_id)
        if tier is None or tier.tier not in item.levels:
            raise Refused("level")
    return price


def _claim(tx: Tx, brand_id: int, catalogue: str, item: Item, profile_id: int) -> None:
    """Take one of the stock and of the person's share; both rows are locked from here on."""
    if not tx.exchanges.claim(brand_id, catalogue, item.id, 0, item.stock):
        raise Refused("sold_out")
    if not tx.exchanges.claim(brand_id, catalogue, item.id, profile_id, item.per_person):
        raise Refused("limit_person")


def _answered(tx: Tx, brand_id: int, exchange_id: bytes, asked: bytes) -> ExchangeRow | None:
    """Return the first answer of a key; raise Conflict where it was used for something else."""
    row = tx.exchanges.find(brand_id, exchange_id, locked=False)
    if row is not None and row.asked != asked:
        raise Conflict("Idempotency-Key", "an exchange of its own", "another one")
    return row


def _locked(tx: Tx, brand_id: int, exchange_id: bytes) -> ExchangeRow:
    """Return an exchange, locked; raise NotFound."""
    row = tx.exchanges.find(brand_id, exchange_id, locked=True)
    if row is None:
        raise NotFound("exchange", show_id(exchange_id))
    return row


def _post(tx: Tx, world: World, brand_id: int, operation: Operation) -> Sequence[NewEvent]:
    """Book one operation; raise Refused, and with it roll everything back, where it is refused."""
    posting = post(tx, world, brand_id, [operation])
    if refused := posting.answers[0].refused:
        raise Refused(refused)
    return posting.events


def _order(exchange_id: bytes) -> str:
    """Return the number under which the ledger knows an exchange."""
    return f"exchange-{show_id(exchange_id)}"


def _event(brand_id: int, name: str, row: ExchangeRow, now: int) -> NewEvent:
    """Return what is told of an exchange."""
    told: dict[str, Value] = {
        "exchange": show_id(row.exchange_id), "catalogue": row.catalogue, "item": row.item,
        "channel": row.channel or None, "points": float(row.points), "gives": row.gives,
        "subject": row.subject,
    }  # fmt: skip
    return internal_event(brand_id, row.profile_id, name, told, now, row.exchange_id)
