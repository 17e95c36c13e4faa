"""Takes in what providers report later: receipts settle messages, replies may end a consent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.kernel.errors import Unavailable
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.messages import ReceiptRow
from huiliu.ports.store import Store, Tx
from huiliu.ports.world import World
from huiliu.services.message_events import message_event
from huiliu.services.replies import take_reply

__all__ = ["receive", "take_in"]

#: Receipts looked at in one transaction.
_BATCH: Final = 1_000
#: A receipt that no answer claims in this time is dropped.
_KEEP_UNMATCHED_FOR: Final = 7 * DAY
#: A bare letter is an answer to marketing for this long.
_ANSWERS_FOR: Final = 72 * HOUR
#: What channels gave and no transaction holds yet; a channel gives everything once.
_WAITING: Final[WeakKeyDictionary[Store, deque[tuple[ChannelAccount, Receipt]]]] = (
    WeakKeyDictionary()
)


def receive(world: World) -> int:
    """Take in receipts and replies of every account; return how many; 0 = nothing came."""
    with world.store.system() as tx:
        accounts = tx.channels.accounts()
    waiting = _WAITING.setdefault(world.store, deque())
    for account in accounts:
        provider = world.providers.get(account.provider)
        if provider is not None:
            waiting.extend((account, one) for one in provider.receipts(account))
    return _take_in(world, waiting) + _settle(world)


def take_in(world: World, account: ChannelAccount, receipts: Sequence[Receipt]) -> int:
    """Write down what one account was told, durable when this returns; return how much it was.

    Raises:
        Unavailable: the database is away; the provider has to tell again.
    """
    return _take_in(world, deque((account, one) for one in receipts))


def _take_in(world: World, waiting: deque[tuple[ChannelAccount, Receipt]]) -> int:
    """Write down what arrived, in order, and return how many.

    What a database that is away does not take stays for the next call; what cannot be written at
    all is let go, so that the others follow.
    """
    n_written = 0
    while waiting:
        account, first = waiting[0]
        together = [first] if first.state == "reply" else _receipts_of(account, waiting)
        is_away = False
        try:
            if first.state == "reply":
                take_reply(world, account, first)
            else:
                _keep(world, account, together)
        except Unavailable:
            is_away = True
            raise
        finally:
            for _ in () if is_away else together:
                waiting.popleft()
        n_written += len(together)
    return n_written


def _receipts_of(
    account: ChannelAccount, waiting: Iterable[tuple[ChannelAccount, Receipt]]
) -> list[Receipt]:
    """Return the receipts of one account that wait in a row."""
    in_a_row = takewhile(lambda each: each[0] is account and each[1].state != "reply", waiting)
    return [receipt for _, receipt in in_a_row]


def _keep(world: World, account: ChannelAccount, receipts: Sequence[Receipt]) -> None:
    """Write receipts down before anything else: the provider sends them only once."""
    now = world.clock.now()
    rows = [
        ReceiptRow(
            account.brand_id, account.channel, account.name, one.provider_id, one.state,
            one.response, now,
        )
        for one in receipts
    ]  # fmt: skip
    with world.store.system() as tx:
        tx.messages.keep_receipts(rows)


def _settle(world: World) -> int:
    """Match kept receipts with messages, whichever came first, and settle those that are done."""
    now = world.clock.now()
    with world.store.system() as tx:
        matched = tx.messages.match_receipts(_BATCH)
        by_brand: dict[int, set[bytes]] = {}
        for receipt in matched:
            by_brand.setdefault(receipt.brand_id, set()).add(receipt.message_id)
        events: list[NewEvent] = []
        for brand_id, ids in sorted(by_brand.items()):
            events += _settle_brand(tx, brand_id, ids, now)
        if not matched:
            tx.messages.forget_receipts(now - _KEEP_UNMATCHED_FOR)
        tx.log.append(events)
    return len(matched)


def _settle_brand(tx: Tx, brand_id: int, ids: set[bytes], now: int) -> list[NewEvent]:
    """Settle one brand's messages of which something was reported; return their events."""
    # Locked first: two receivers that each know one part must not both wait for the other's.
    rows = tx.messages.lock(brand_id, ids)
    parts = tx.messages.parts(brand_id, ids)
    outcomes: list[tuple[bytes, str, str, int]] = []
    for message_id in sorted(rows):
        known = parts[message_id]
        if known.n_failed:
            outcomes.append((message_id, "failed", "undelivered", now))
        elif known.n_delivered == known.n:
            outcomes.append((message_id, "delivered", "", now))
    moved = tx.messages.settle(brand_id, outcomes)
    attempts = {attempt.message_id: attempt for attempt in tx.messages.attempts(brand_id, moved)}
    return [
        message_event(
            rows[message_id], status, at, reason=reason, account=attempts[message_id].account
        )
        for message_id, status, reason, at in outcomes
        if message_id in moved
    ]
