"""Points as amounts and operations: what may be asked of the ledger, and what it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from huiliu.kernel.ids import digest

__all__ = [
    "MOST_POINTS",
    "NOTHING",
    "Account",
    "Kind",
    "Operation",
    "Posted",
    "entry_id",
    "points",
    "read_points",
]

NOTHING: Final = Decimal("0.00")
_CENT: Final = Decimal("0.01")
_WRITTEN: Final = re.compile(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?")
#: Of one operation, and of what one person may hold: sums of all people still fit 18 digits.
MOST_POINTS: Final = Decimal("1000000000.00")


class Kind(StrEnum):
    """What an operation does."""

    #: Something was done that earns points.
    EARN = "earn"
    #: Points are spent.
    BURN = "burn"
    #: What was spent comes back: the order it paid for was undone.
    GIVE_BACK = "give_back"
    #: What was earned is taken back, spent or not: the order that earned it was undone.
    CLAW_BACK = "claw_back"
    #: One of these two, whichever was done before: what was burned comes back, or what was earned
    #: goes. It is booked as what it is.
    REFUND = "refund"
    #: From one person to another.
    TRANSFER = "transfer"
    #: By hand, up or down, with a reason.
    ADJUST = "adjust"
    #: All that somebody holds goes to the person they turned out to be.
    FOLD = "fold"
    #: Part of a fold is undone: what came with a person goes back to them.
    UNFOLD = "unfold"
    #: Pending points can be spent from now on. Happens by itself.
    MATURE = "mature"
    #: Points have ended. Happens by itself.
    EXPIRE = "expire"


class Account(StrEnum):
    """Where points stand; a person's accounts first, then the programme's."""

    AVAILABLE = "available"
    PENDING = "pending"
    #: Below zero: what was clawed back after it had been spent.
    DEBT = "debt"
    #: Below zero: all that was ever given out.
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CLAWED_BACK = "clawed_back"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that is asked of the ledger."""

    #: The same key is the same operation: it is done once, and answered alike for ever.
    key: str
    kind: Kind
    profile_id: int
    #: Above zero; an adjustment may be below.
    amount: Decimal = NOTHING
    channel: str = ""
    #: Never a person's own words.
    reason: str = ""
    order_id: str = ""
    #: The other person of a transfer, a fold or an unfold; 0 = none.
    other: int = 0
    #: Of what is earned: it is pending until then; None or 0 = it can be spent at once.
    matures_at: int | None = None
    #: Of what is earned: None = as the programme says, 0 = never.
    expires_at: int | None = None
    #: Who does it by hand; "" = a rule or a client.
    by: str = ""
    #: When it happened; 0 = now.
    at: int = 0
    #: Instead of an amount, of what is given or taken back: this share of what the order earned or
    #: burned, and never more than is left of it.
    share: Decimal | None = None
    #: Of what an order earns: its total in major units, by which a refund of a part is judged.
    worth: Decimal = NOTHING
    #: What a client asked, hashed, where the fields here are not its own words.
    body: bytes = b""

    @property
    def fingerprint(self) -> bytes:
        """Return the hash of what is asked: another operation under the same key has another."""
        return self.body or digest(
            self.kind.value, self.profile_id, points(self.amount), self.channel, self.reason,
            self.order_id, self.other, self.share or "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of an operation: the same for ever, however often it is asked."""

    #: 32 hexadecimal letters.
    entry: str
    #: Why nothing was moved: `not_enough`, `key_reused` ...; "" = it was done.
    refused: str
    #: How much was moved.
    amount: Decimal
    #: What the person had after it.
    available: Decimal
    pending: Decimal
    #: It had been answered before.
    is_repeat: bool = False


def points(amount: Decimal) -> Decimal:
    """Return an amount with two digits after the point, half even."""
    return amount.quantize(_CENT, ROUND_HALF_EVEN)


def read_points(given: object) -> Decimal | None:
    """Return the amount that a client wrote, exactly; None where it is none.

    Text, whole numbers, and floats as they are written; never more than two digits after the point.
    """
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        return None
    if isinstance(given, str) and not _WRITTEN.fullmatch(given.strip()):
        # Python would read 1_000, and the digits of every script.
        return None
    try:
        amount = Decimal(str(given))
    except (InvalidOperation, ValueError):
        return None
    # Compared as it is: arithmetic on an exponent without bounds fails.
    if not amount.is_finite() or not -MOST_POINTS <= amount <= MOST_POINTS:
        return None
    exact = points(amount)
    return exact if exact == amount else None


def entry_id(brand_id: int, key: str) -> bytes:
    """Return the id of the entry that an operation's key makes."""
    return digest("points", brand_id, key)
