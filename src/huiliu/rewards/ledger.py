"""Double-entry bookkeeping of points: wallets and lots in, legs that add up to nothing out.

Everything is decided on wallets that the caller has locked; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from huiliu.kernel.times import DAY
from huiliu.rewards.points import MOST_POINTS, NOTHING, Account, Kind, Operation, points
from huiliu.rewards.wallet import (
    NEVER,
    PROGRAMME,
    Booked,
    Booking,
    Leg,
    Lot,
    OrderSums,
    Terms,
    Wallet,
)

__all__ = ["PROGRAMME", "Booked", "Leg", "Lot", "OrderSums", "Terms", "Wallet", "book", "settle"]

#: What comes back after it was spent can be spent for so long at least.
_GRACE: Final = 30 * DAY


def settle(wallet: Wallet, now: int) -> Iterator[tuple[Kind, Lot, Booked]]:
    """Let pending points become spendable and old ones end, lot by lot."""
    for lot in sorted(wallet.lots, key=lambda one: (one.matures_at, one.id)):
        if lot.is_pending and lot.open and lot.matures_at <= now:
            yield Kind.MATURE, lot, _mature(wallet, lot)
    for lot in wallet.spendable():
        if lot.expires_at and lot.expires_at <= now:
            booking = Booking(wallet)
            amount = booking.take(lot, lot.open)
            booking.credit(Account.EXPIRED, amount)
            booking.done.amount = amount
            yield Kind.EXPIRE, lot, booking.done


def book(
    operation: Operation,
    entry: bytes,
    wallets: Mapping[int, Wallet],
    sums: Mapping[tuple[int, str], OrderSums],
    terms: Terms,
    now: int,
) -> Booked:
    """Decide one operation on settled wallets, change them, and return its legs.

    A refusal changes nothing.
    """
    found = sums.get((operation.profile_id, operation.order_id)) or OrderSums()
    asked = _Asked(operation, entry, wallets, found, terms, now)
    if not _is_amount(operation):
        return Booked(refused="bad_amount")
    return _BOOKS[operation.kind](asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """An operation with all that decides it."""

    operation: Operation
    entry: bytes
    wallets: Mapping[int, Wallet]
    sums: OrderSums
    terms: Terms
    now: int

    @property
    def wallet(self) -> Wallet:
        """Return the wallet of the person whom it is about."""
        return self.wallets[self.operation.profile_id]

    @property
    def amount(self) -> Decimal:
        """Return what is asked, with two digits."""
        return points(self.operation.amount)

    def part(self, whole: Decimal, gone: Decimal) -> Decimal:
        """Return what is asked of something of which a part is gone: an amount, or its share."""
        share = self.operation.share
        return self.amount if share is None else min(points(whole * share), whole - gone)

    def lot(self, amount: Decimal, expires_at: int, matures_at: int = 0) -> Lot:
        """Return the lot that the operation makes."""
        asked = self.operation
        return Lot(
            (self.entry, 0), asked.profile_id, asked.profile_id, asked.channel, asked.order_id,
            amount, amount, matures_at > self.now, asked.at or self.now, matures_at, expires_at,
        )  # fmt: skip


def _mature(wallet: Wallet, lot: Lot) -> Booked:
    """Let a pending lot become spendable."""
    booking = Booking(wallet)
    amount = lot.open
    wallet.pending -= amount
    wallet.available += amount
    lot.is_pending = False
    booking.done.changed.append(lot)
    booking.done.legs += [
        Leg(Account.PENDING, wallet.profile_id, -amount, lot.id),
        Leg(Account.AVAILABLE, wallet.profile_id, amount, lot.id),
    ]
    booking.done.amount = amount
    booking.repay()
    return booking.done


def _earn(asked: _Asked) -> Booked:
    """Give points for something, at once or pending."""
    wanted, now = asked.operation, asked.now
    amount = asked.amount
    if asked.sums.is_undone:
        return Booked(refused="order_undone")
    if asked.wallet.available + asked.wallet.pending + amount > MOST_POINTS:
        return Booked(refused="too_many")
    earned_at = wanted.at or now
    expires_at = wanted.expires_at
    if expires_at is None:
        expires_at = earned_at + asked.terms.lives if asked.terms.lives else 0
    if expires_at and expires_at <= now:
        # They had ended before anybody heard of them.
        return Booked(refused="expired")
    booking = Booking(asked.wallet)
    booking.put(asked.lot(amount, expires_at, wanted.matures_at or 0))
    booking.credit(Account.ISSUED, -amount)
    booking.repay()
    asked.sums.earned += amount
    booking.done.amount = amount
    return booking.done


def _burn(asked: _Asked) -> Booked:
    """Spend points, those that end first."""
    amount = asked.amount
    if asked.wallet.available < amount:
        return Booked(refused="not_enough")
    booking = Booking(asked.wallet)
    booking.spend(amount, asked.wallet.spendable())
    booking.credit(Account.REDEEMED, amount)
    ends = [lot.expires_at for lot in booking.done.changed if lot.expires_at]
    booking.done.expires_at = min(ends, default=0)
    booking.done.amount = amount
    asked.sums.burned += amount
    if booking.done.expires_at:
        asked.sums.expires_at = min(asked.sums.expires_at or NEVER, booking.done.expires_at)
    return booking.done


def _give_back(asked: _Asked) -> Booked:
    """Give back what was spent; it ends when it would have, but not before some days."""
    sums = asked.sums
    amount = asked.part(sums.burned, sums.given_back)
    if sums.burned - sums.given_back < amount:
        return Booked(refused="more_than_burned")
    if not amount:
        return Booked(asked=amount)
    expires_at = max(sums.expires_at, asked.now + _GRACE) if sums.expires_at else 0
    booking = Booking(asked.wallet)
    booking.put(asked.lot(amount, expires_at))
    booking.credit(Account.REDEEMED, -amount)
    booking.repay()
    sums.given_back += amount
    booking.done.asked = booking.done.amount = amount
    return booking.done


def _claw_back(asked: _Asked) -> Booked:
    """Take back what was earned: pending first, then the order's own, then any, then debt."""
    sums, wallet = asked.sums, asked.wallet
    amount = asked.part(sums.earned, sums.clawed)
    if asked.operation.share is not None and asked.operation.share >= 1:
        sums.is_undone = True
    if sums.earned - sums.clawed < amount:
        return Booked(refused="more_than_earned")
    if not amount:
        return Booked(asked=amount)
    order_id = asked.operation.order_id
    booking = Booking(wallet)
    lots = sorted(
        (
            lot
            for lot in wallet.lots
            if lot.open and (not lot.is_pending or lot.order_id == order_id)
        ),
        key=lambda lot: (lot.order_id != order_id, not lot.is_pending, lot.order),
    )
    taken = booking.spend(amount, lots)
    if asked.terms.has_debt:
        booking.owe(amount - taken)
        taken = amount
    booking.credit(Account.CLAWED_BACK, taken)
    # What could not be had is forgiven: asking again takes nothing more.
    sums.clawed += amount
    booking.done.asked, booking.done.amount = amount, taken
    return booking.done


def _refund(asked: _Asked) -> Booked:
    """Undo what was done: give back what was burned; where nothing was, take back what was earned.

    Without an order only what was burned without one comes back: nobody loses points by a guess.
    """
    sums, amount = asked.sums, asked.amount
    if sums.burned - sums.given_back >= amount:
        done, kind = _give_back(asked), Kind.GIVE_BACK
    elif asked.operation.order_id and sums.earned - sums.clawed >= amount:
        done, kind = _claw_back(asked), Kind.CLAW_BACK
    else:
        return Booked(refused="more_than_was_booked")
    done.kind = kind
    return done


def _transfer(asked: _Asked) -> Booked:
    """Give points to somebody else; they end when they would have."""
    amount, giver = asked.amount, asked.wallet
    if not asked.terms.can_transfer:
        return Booked(refused="no_transfers")
    if asked.operation.other == giver.profile_id:
        return Booked(refused="same_person")
    taker = asked.wallets[asked.operation.other]
    if giver.available < amount:
        return Booked(refused="not_enough")
    if taker.available + taker.pending + amount > MOST_POINTS:
        return Booked(refused="too_many")
    booking = Booking(giver)
    before = [(lot, lot.open) for lot in giver.spendable()]
    booking.spend(amount, [lot for lot, _ in before])
    booking.wallet = taker
    for lot, had in before:
        given = had - lot.open
        if given:
            nth = len(booking.done.made)
            booking.put(Lot(
                (asked.entry, nth), taker.profile_id, taker.profile_id, lot.channel, "", given,
                given, is_pending=False, earned_at=lot.earned_at, matures_at=0,
                expires_at=lot.expires_at,
            ))  # fmt: skip
    booking.repay()
    booking.done.amount = amount
    return booking.done


def _adjust(asked: _Asked) -> Booked:
    """Give or take points by hand."""
    amount = asked.amount
    if amount < 0 and asked.wallet.available < -amount:
        return Booked(refused="not_enough")
    if amount > 0:
        booked = _earn(asked)
        # An adjustment is no part of what an order earned.
        if not booked.refused:
            asked.sums.earned -= amount
            booked.legs = [
                Leg(Account.ADJUSTED, PROGRAMME, leg.amount)
                if leg.account is Account.ISSUED else leg
                for leg in booked.legs
            ]  # fmt: skip
        return booked
    booking = Booking(asked.wallet)
    booking.spend(-amount, asked.wallet.spendable())
    booking.credit(Account.ADJUSTED, -amount)
    booking.done.amount = amount
    return booking.done


def _fold(asked: _Asked) -> Booked:
    """Hand all that somebody holds, and owes, to the person they turned out to be."""
    return _hand_over(asked, [lot for lot in asked.wallet.lots if lot.open], asked.wallet.debt)


def _unfold(asked: _Asked) -> Booked:
    """Hand back what came with a person who is somebody else after all, and is still there."""
    # The operation's profile holds; what came with the other goes to the other.
    other = asked.operation.other
    lots = [lot for lot in asked.wallet.lots if lot.open and lot.came_with == other]
    return _hand_over(asked, lots, NOTHING)


def _hand_over(asked: _Asked, lots: list[Lot], debt: Decimal) -> Booked:
    """Move lots as they are from one wallet to another."""
    giver, taker = asked.wallet, asked.wallets[asked.operation.other]
    booking = Booking(giver)
    for lot in lots:
        amount = lot.open
        for wallet, moved in ((giver, -amount), (taker, amount)):
            booking.wallet = wallet
            booking.move(lot, moved)
        # The last who had it, so that one step back is always known.
        lot.came_with, lot.profile_id = giver.profile_id, taker.profile_id
        giver.lots.remove(lot)
        taker.lots.append(lot)
        booking.done.changed.append(lot)
        booking.done.amount += amount
    booking.wallet = giver
    booking.owe(-debt)
    booking.wallet = taker
    booking.owe(debt)
    booking.repay()
    return booking.done


def _is_amount(operation: Operation) -> bool:
    """Say whether an operation asks for an amount that can be booked."""
    if operation.kind in {Kind.FOLD, Kind.UNFOLD} or operation.share is not None:
        return True
    amount = points(operation.amount)
    if abs(amount) > MOST_POINTS or not amount:
        return False
    return amount > 0 or operation.kind is Kind.ADJUST


_BOOKS: Final[Mapping[Kind, Callable[[_Asked], Booked]]] = {
    Kind.EARN: _earn,
    Kind.BURN: _burn,
    Kind.GIVE_BACK: _give_back,
    Kind.CLAW_BACK: _claw_back,
    Kind.REFUND: _refund,
    Kind.TRANSFER: _transfer,
    Kind.ADJUST: _adjust,
    Kind.FOLD: _fold,
    Kind.UNFOLD: _unfold,
}
