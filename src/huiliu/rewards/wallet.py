"""What people hold: wallets and lots, and an entry being written, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from huiliu.rewards.points import NOTHING, Account, Kind

__all__ = [
    "NEVER",
    "PROGRAMME",
    "Booked",
    "Booking",
    "Leg",
    "Lot",
    "LotId",
    "OrderSums",
    "Terms",
    "Wallet",
]

#: Whose accounts are the programme's.
PROGRAMME: Final = 0
#: Later than any end.
NEVER: Final = 1 << 62
LotId = tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the programme says of bookings."""

    #: Points that were spent before they were clawed back are owed.
    has_debt: bool = True
    can_transfer: bool = True
    #: How long points live from when they were earned; 0 = for ever.
    lives: int = 0


@dataclass(slots=True)
class Lot:
    """Points that came together and end together."""

    id: LotId
    profile_id: int
    #: Whose it was before people were merged.
    came_with: int
    channel: str
    order_id: str
    amount: Decimal
    open: Decimal
    is_pending: bool
    earned_at: int
    matures_at: int
    expires_at: int

    @property
    def order(self) -> tuple[int, int, LotId]:
        """Return what lots are spent in the order of: those that end first go first."""
        return (self.expires_at or NEVER, self.earned_at, self.id)


@dataclass(slots=True)
class Wallet:
    """What one person holds, and as many of their open lots as the operation needs."""

    profile_id: int
    available: Decimal = NOTHING
    pending: Decimal = NOTHING
    debt: Decimal = NOTHING
    lots: list[Lot] = field(default_factory=list)

    def spendable(self) -> list[Lot]:
        """Return the open lots that can be spent, in the order in which they are."""
        found = [lot for lot in self.lots if lot.open and not lot.is_pending]
        return sorted(found, key=lambda lot: lot.order)


@dataclass(slots=True)
class OrderSums:
    """What was booked under one order of one person."""

    earned: Decimal = NOTHING
    clawed: Decimal = NOTHING
    burned: Decimal = NOTHING
    given_back: Decimal = NOTHING
    #: When the first lot that was burned for it would have ended; 0 = never.
    expires_at: int = 0
    #: All of the order was undone: it earns nothing any more.
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry; those of an entry add up to nothing."""

    account: Account
    profile_id: int
    amount: Decimal
    lot: LotId | None = None


@dataclass(slots=True)
class Booked:
    """What an operation became."""

    legs: list[Leg] = field(default_factory=list)
    made: list[Lot] = field(default_factory=list)
    #: Lots whose open amount, state or owner changed.
    changed: list[Lot] = field(default_factory=list)
    refused: str = ""
    #: What a refund turned out to be; None = what the operation says.
    kind: Kind | None = None
    #: What was asked, once shares are figured out; None = as the operation says.
    asked: Decimal | None = None
    amount: Decimal = NOTHING
    #: Of a burn: when the first of its lots would have ended.
    expires_at: int = 0


@dataclass(slots=True)
class Booking:
    """An entry being written: every step moves the wallet, the lot and a leg together."""

    wallet: Wallet
    done: Booked = field(default_factory=Booked)

    def take(self, lot: Lot, amount: Decimal) -> Decimal:
        """Take points out of a lot of the wallet's."""
        lot.open -= amount
        if lot not in self.done.made:
            self.done.changed.append(lot)
        self.move(lot, -amount)
        return amount

    def put(self, lot: Lot) -> None:
        """Put a new lot into the wallet."""
        self.done.made.append(lot)
        self.wallet.lots.append(lot)
        self.move(lot, lot.open)

    def move(self, lot: Lot, amount: Decimal) -> None:
        """Note that points of a lot came into the wallet or left it."""
        if lot.is_pending:
            self.wallet.pending += amount
        else:
            self.wallet.available += amount
        account = Account.PENDING if lot.is_pending else Account.AVAILABLE
        self.done.legs.append(Leg(account, self.wallet.profile_id, amount, lot.id))

    def owe(self, amount: Decimal) -> None:
        """Let the person owe points, or owe fewer of them."""
        if amount:
            self.wallet.debt += amount
            self.done.legs.append(Leg(Account.DEBT, self.wallet.profile_id, -amount))

    def credit(self, account: Account, amount: Decimal) -> None:
        """Note the other side, an account of the programme's."""
        if amount:
            self.done.legs.append(Leg(account, PROGRAMME, amount))

    def spend(self, amount: Decimal, lots: Iterable[Lot]) -> Decimal:
        """Take points out of lots, one after another; return how many there were."""
        taken = NOTHING
        for lot in lots:
            if taken == amount:
                break
            taken += self.take(lot, min(lot.open, amount - taken))
        return taken

    def repay(self) -> None:
        """Let what can be spent now pay what is owed."""
        owed = min(self.wallet.debt, self.wallet.available)
        if owed:
            self.owe(-self.spend(owed, self.wallet.spendable()))
