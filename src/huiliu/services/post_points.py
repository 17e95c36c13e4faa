"""Posts to the ledger of points: locks wallets, lets the core decide, writes what it decided.

Whatever the order, the concurrency or the moment of a crash: all of a posting is written or none of
it, a key is answered once, and debits and credits add up to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from huiliu.kernel.errors import Conflict
from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import show_id
from huiliu.ports.points import EntryRow, Held
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.ledger import Booked, Leg, Lot, OrderSums, Terms, Wallet, book, settle
from huiliu.rewards.points import NOTHING, Kind, Operation, Posted, entry_id, points
from huiliu.services.points_events import entry_events
from huiliu.services.programme import programme

__all__ = ["Posting", "post", "settle_wallets"]

#: Whatever takes points out of lots needs all of them.
_WHOLE: Final = frozenset({
    Kind.BURN, Kind.CLAW_BACK, Kind.REFUND, Kind.TRANSFER, Kind.ADJUST, Kind.FOLD, Kind.UNFOLD,
})  # fmt: skip
#: Undoing asks what was done; and what is undone earns nothing any more.
_UNDO: Final = frozenset({Kind.GIVE_BACK, Kind.CLAW_BACK, Kind.REFUND})
_BY_ITSELF: Final = frozenset({Kind.MATURE, Kind.EXPIRE})
_TRIES: Final = 5


@dataclass(slots=True)
class Posting:
    """What became of operations."""

    #: One each, in their order.
    answers: list[Posted] = field(default_factory=list)
    #: What is told of it: append these to the log as the last thing of the transaction.
    events: list[NewEvent] = field(default_factory=list)


def post(tx: Tx, world: World, brand_id: int, operations: Sequence[Operation]) -> Posting:
    """Book operations in their order, inside a transaction of the system.

    Wallets stay locked to its end: take locks of coupons and stock before, post once with all
    operations, and append the posting's events to the log last of all. A refusal is an answer too;
    a caller that wants all or nothing rolls back when there is one.

    Raises:
        Conflict: another transaction used one of the keys for another person meanwhile.
    """
    if not operations:
        return Posting()
    if any(one.kind in _BY_ITSELF for one in operations):
        raise ValueError("points mature and end by themselves")
    terms = programme(tx, world, brand_id).terms
    now = world.clock.now()
    present, held = _hold(tx, brand_id, operations, now)
    clerk = _Clerk(brand_id, terms, held, max(now, held.closed_until))
    clerk.sums = _sums(tx, brand_id, present)
    for asked, one in zip(operations, present, strict=True):
        clerk.post(asked, one)
    clerk.write(tx)
    return clerk.posting


def settle_wallets(tx: Tx, world: World, brand_id: int, profiles: Sequence[int]) -> Posting:
    """Let what is due mature or end, for some people, inside a transaction of the system."""
    now = world.clock.now()
    terms = programme(tx, world, brand_id).terms
    held = tx.points.hold(brand_id, profiles, (), (), now)
    clerk = _Clerk(brand_id, terms, held, max(now, held.closed_until))
    for profile_id in sorted(held.wallets):
        clerk.settle(held.wallets[profile_id])
    clerk.write(tx)
    return clerk.posting


def _hold(
    tx: Tx, brand_id: int, operations: Sequence[Operation], now: int
) -> tuple[list[Operation], Held]:
    """Lock the wallets of all whom operations are about, as the people whom they are by now."""
    moved: dict[int, int] = {}
    for _ in range(_TRIES):
        present = [_as_present(one, moved) for one in operations]
        people = {one.profile_id for one in present} | {one.other for one in present if one.other}
        whole = {one.profile_id for one in present if one.kind in _WHOLE}
        # Whoever takes over what somebody owes may have to pay it.
        whole |= {one.other for one in present if one.kind is Kind.FOLD}
        entries = [entry_id(brand_id, one.key) for one in present]
        held = tx.points.hold(brand_id, people, whole, entries, now)
        gone = {one.profile_id for one in present if one.kind is Kind.FOLD}
        gone |= {one.other for one in present if one.kind is Kind.UNFOLD}
        news = {old: new for old, new in held.moved.items() if old not in gone}
        if not news:
            return present, held
        moved |= news
    raise Conflict("points", "people who stay themselves", "people who are merged all the time")


def _as_present(one: Operation, moved: Mapping[int, int]) -> Operation:
    """Return an operation about the people whom its people are by now."""
    if not moved:
        return one
    if one.kind is Kind.FOLD:
        return replace(one, other=moved.get(one.other, one.other))
    if one.kind is Kind.UNFOLD:
        return replace(one, profile_id=moved.get(one.profile_id, one.profile_id))
    return replace(
        one, profile_id=moved.get(one.profile_id, one.profile_id),
        other=moved.get(one.other, one.other),
    )  # fmt: skip


def _sums(
    tx: Tx, brand_id: int, operations: Sequence[Operation]
) -> dict[tuple[int, str], OrderSums]:
    """Return what was booked before under the orders that are undone, or earn something."""
    orders = {
        (one.profile_id, one.order_id)
        for one in operations
        if one.kind in _UNDO or (one.kind is Kind.EARN and one.order_id)
    }
    if not orders:
        return {}
    histories = tx.people.histories(brand_id, {profile for profile, _ in orders})
    earlier = {before: now_is for now_is, many in histories.items() for before in many}
    return tx.points.order_sums(brand_id, orders, earlier)


@dataclass(slots=True)
class _Clerk:
    """Books on wallets that are held, and writes everything at once."""

    brand_id: int
    terms: Terms
    held: Held
    now: int
    sums: dict[tuple[int, str], OrderSums] = field(default_factory=dict)
    posting: Posting = field(default_factory=Posting)
    entries: list[tuple[EntryRow, list[Leg]]] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    touched: dict[int, Wallet] = field(default_factory=dict)
    answered: dict[bytes, EntryRow] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)

    def post(self, asked: Operation, one: Operation) -> None:
        """Answer one operation: as before, or by booking it now."""
        entry = entry_id(self.brand_id, one.key)
        body = asked.fingerprint
        before = self.held.answered.get(entry) or self.answered.get(entry)
        if before is not None:
            self.posting.answers.append(_repeat(before, reused=before.body != body))
            return
        wallet = self.held.wallets[one.profile_id]
        self.settle(wallet)
        if one.other:
            self.settle(self.held.wallets[one.other])
        done = book(one, entry, self.held.wallets, self.sums, self.terms, self.now)
        row = EntryRow(
            entry, (done.kind or one.kind).value, one.profile_id, one.other,
            points(one.amount) if done.asked is None else done.asked, done.amount,
            one.channel, one.reason, one.order_id, one.at or self.now, self.now, one.by, body,
            done.refused, wallet.available, wallet.pending, done.expires_at,
            one.share is not None and one.share >= 1, points(one.worth),
        )  # fmt: skip
        self._note(row, done)
        if one.other and done.legs:
            self.touched[one.other] = self.held.wallets[one.other]
        self.posting.answers.append(_answer(row))

    def settle(self, wallet: Wallet) -> None:
        """Let what is due mature or end before anything else is decided."""
        if wallet.profile_id in self.settled:
            return
        self.settled.add(wallet.profile_id)
        for kind, lot, done in settle(wallet, self.now):
            key = f"{kind.value}:{show_id(lot.id[0])}:{lot.id[1]}"
            row = EntryRow(
                entry_id(self.brand_id, key), kind.value, wallet.profile_id, 0, done.amount,
                done.amount, lot.channel, "", lot.order_id,
                lot.matures_at if kind is Kind.MATURE else lot.expires_at, self.now, "", b"", "",
                wallet.available, wallet.pending,
            )  # fmt: skip
            self._note(row, done)

    def _note(self, row: EntryRow, done: Booked) -> None:
        """Keep an entry for the end."""
        self.entries.append((row, done.legs))
        self.answered[row.entry] = row
        # Of a transfer or a fold: what the other one has after it.
        other = self.held.wallets[row.other] if row.other else None
        self.posting.events += entry_events(self.brand_id, row, other, self.now)
        if done.legs:
            self.lots += done.made
            self.lots += done.changed
            self.touched[row.profile_id] = self.held.wallets[row.profile_id]

    def write(self, tx: Tx) -> None:
        """Write all that was booked."""
        if self.entries:
            wallets = list(self.touched.values())
            tx.points.write(self.brand_id, wallets, self.entries, self.lots)


def _answer(row: EntryRow, *, is_repeat: bool = False) -> Posted:
    """Return the answer that an entry keeps."""
    amount: Decimal = NOTHING if row.refused else row.amount
    return Posted(show_id(row.entry), row.refused, amount, row.available, row.pending, is_repeat)


def _repeat(row: EntryRow, *, reused: bool) -> Posted:
    """Return the first answer again, or that its key was used for something else."""
    if reused:
        entry = show_id(row.entry)
        return Posted(entry, "key_reused", NOTHING, row.available, row.pending, is_repeat=True)
    return _answer(row, is_repeat=True)
