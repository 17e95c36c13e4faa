"""Takes in what providers report later: receipts settle messages, replies may end a consent."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.kernel.errors import Unavailable
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, MINUTE, SECOND
from huiliu.messages.latency import bucket
from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.messages import Attempt, MessageRow, ReceiptRow
from huiliu.ports.store import Store, Tx
from huiliu.ports.suppliers import AccountKey, MinuteCount
from huiliu.ports.world import World
from huiliu.services.conversations import take_reply
from huiliu.services.message_events import message_event
from huiliu.services.told_refusals import take_refusals

__all__ = ["receive", "take_in"]

#: Receipts looked at in one transaction.
_BATCH: Final = 1_000
#: A receipt that no answer claims in this time is dropped.
_KEEP_UNMATCHED_FOR: Final = 7 * DAY
#: What did not arrive has failed, whatever else it says.
_KEPT_AS: Final = {"unsubscribed": "failed", "bounced": "failed"}
#: Who complains has the message.
_NO_RECEIPT: Final = frozenset({"complained"})
#: Reports that are counted as they come.
_COUNTED: Final = ("bounced", "complained")
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
            account.brand_id, account.channel, account.name, _id_of(one),
            _KEPT_AS.get(one.state, one.state), one.response, now, one.message_id,
        )
        for one in receipts
        if one.state not in _NO_RECEIPT
    ]  # fmt: skip
    with world.store.system() as tx:
        # A receipt that names our message tells us the provider's id of it too.
        tx.messages.learn_ids([row for row in rows if row.message_id])
        tx.messages.keep_receipts(rows)
        told = Counter(one.state for one in receipts)
        tx.suppliers.count(
            account.brand_id, account.channel, account.name, now,
            {name: told[name] for name in _COUNTED},
        )  # fmt: skip
    take_refusals(world, account, receipts)


def _id_of(receipt: Receipt) -> str:
    """Return the provider's id of a message, or one made from ours where it names none."""
    # With a star: of the whole message, whatever its parts are called.
    return receipt.provider_id or f"*{receipt.message_id.hex()}"


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
    ended = [each for each in outcomes if each[0] in moved]
    tx.suppliers.add_counts(_counts(rows, attempts, ended))
    return [
        message_event(
            rows[message_id], status, at, reason=reason, account=attempts[message_id].account
        )
        for message_id, status, reason, at in ended
    ]


def _counts(
    rows: Mapping[bytes, MessageRow],
    attempts: Mapping[bytes, Attempt],
    ended: Iterable[tuple[bytes, str, str, int]],
) -> list[MinuteCount]:
    """Return what messages that came to their end add to the counts of their accounts."""
    found: Counter[tuple[AccountKey, str, int, str]] = Counter()
    for message_id, status, _, at in ended:
        row, account = rows[message_id], attempts[message_id].account
        key = row.queued.brand_id, row.queued.channel, account
        kind, minute = row.queued.message_class, at - at % MINUTE
        found[key, kind, minute, status] += 1
        if status == "delivered" and row.sent_at:
            took = bucket((at - row.sent_at) / SECOND)
            found[key, kind, minute, f"delivery:{took}"] += 1
    return [MinuteCount(*place, n) for place, n in found.items()]
