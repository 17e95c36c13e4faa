"""The ledger of points: wallets that are locked, entries that are never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import msgspec

from huiliu.rewards.ledger import Leg, Lot, OrderSums, Wallet
from huiliu.rewards.points import NOTHING

__all__ = [
    "CloseRow",
    "EntryFilter",
    "EntryRow",
    "Held",
    "PointsStore",
]


class EntryRow(msgspec.Struct, frozen=True, gc=False):
    """What was asked of the ledger, and the answer."""

    #: 16 bytes.
    entry: bytes
    kind: str
    profile_id: int
    other: int
    asked: Decimal
    #: What was moved.
    amount: Decimal
    channel: str
    reason: str
    order_id: str
    at: int
    booked_at: int
    by: str
    #: Hash of what was asked.
    body: bytes
    #: Why nothing was moved; "" = it was.
    refused: str
    #: What the person had after it.
    available: Decimal
    pending: Decimal
    #: Of a burn: when the first of its lots would have ended.
    expires_at: int = 0
    #: Of what is taken back: the whole order was undone.
    is_whole: bool = False
    #: Of what an order earned: its total in major units.
    worth: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Held:
    """Wallets that are locked to the transaction's end, and what was booked before."""

    #: With the lots that were asked for.
    wallets: Mapping[int, Wallet]
    #: Answers that were given before, by entry.
    answered: Mapping[bytes, EntryRow]
    #: Entries booked before this instant belong to days that are closed.
    closed_until: int
    #: People who are somebody else by now: hold those instead.
    moved: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are asked for; what is empty does not matter."""

    profile_ids: Collection[int] = ()
    kinds: Collection[str] = ()
    channel: str = ""
    reason: str = ""
    order_id: str = ""
    #: Booked in [since, until); 0 = any time.
    since: int = 0
    until: int = 0
    #: Those that were refused too.
    has_refused: bool = False
    #: (booked_at, entry) of the last one that was shown.
    before: tuple[int, bytes] | None = None


class CloseRow(msgspec.Struct, frozen=True, gc=False):
    """One closed day."""

    #: ISO 8601.
    day: str
    until: int
    n_entries: int
    n_legs: int
    #: Account -> its sum at the day's end, as JSON.
    totals: str
    before: bytes
    hash: bytes
    closed_at: int
    by: str


class PointsStore(Protocol):
    """Points, inside one transaction."""

    def hold(
        self,
        brand_id: int,
        profiles: Collection[int],
        whole: Collection[int],
        entries: Collection[bytes],
        now: int,
    ) -> Held:
        """Lock wallets in the order of their ids, making those that are missing.

        Args:
            brand_id: whose programme.
            profiles: all whose wallets are touched.
            whole: those of whom every open lot is needed; of others only lots that are due.
            entries: what may have been answered already.
            now: lots that mature or end until then are due.
        """
        ...

    def order_sums(
        self, brand_id: int, orders: Collection[tuple[int, str]], histories: Mapping[int, int]
    ) -> dict[tuple[int, str], OrderSums]:
        """Return what was booked under orders, by person; histories: earlier id -> present one."""
        ...

    def write(
        self,
        brand_id: int,
        wallets: Collection[Wallet],
        entries: Sequence[tuple[EntryRow, Sequence[Leg]]],
        lots: Sequence[Lot],
    ) -> None:
        """Write entries with their legs, lots, and wallets as they are now.

        Raises:
            Conflict: an entry was written meanwhile, about another person.
        """
        ...

    def look(self, brand_id: int, profiles: Collection[int]) -> dict[int, Wallet]:
        """Return wallets with their open lots, without a lock."""
        ...

    def due(self, now: int, limit: int) -> list[tuple[int, int]]:
        """Return (brand, profile) of people who have lots that mature or end until now."""
        ...

    def people_of_orders(
        self, brand_id: int, orders: Collection[str]
    ) -> dict[str, tuple[list[int], Decimal]]:
        """Return who earned or burned points under orders, by their ids then, and their totals."""
        ...

    def times(
        self, brand_id: int, profiles: Collection[int], reason: str, since: int, until: int
    ) -> int:
        """Return how often a rule gave points for what people did in [since, until)."""
        ...

    def has_any(self, brand_id: int) -> bool:
        """Say whether anybody ever had points."""
        ...

    def entries(self, brand_id: int, wanted: EntryFilter, limit: int) -> list[EntryRow]:
        """Return entries, newest first."""
        ...

    def legs(self, brand_id: int, entries: Collection[bytes]) -> dict[bytes, list[Leg]]:
        """Return the legs of entries."""
        ...

    def begin_close(self, brand_id: int) -> None:
        """Wait for all who are booking, and let nobody begin until the transaction ends."""
        ...

    def put_close(self, brand_id: int, row: CloseRow) -> None:
        """Begin to close a day: what is booked from now on belongs to a later one."""
        ...

    def finish_close(self, brand_id: int, row: CloseRow) -> None:
        """Write a day's hash; one that has one keeps it."""
        ...

    def closes(self, brand_id: int, limit: int) -> list[CloseRow]:
        """Return days, newest first; the newest may have no hash yet."""
        ...

    def day_lines(self, brand_id: int, since: int, until: int) -> Iterator[tuple[str, int]]:
        """Yield each entry booked in [since, until) with its legs as a line, and their number."""
        ...

    def day_sums(self, brand_id: int, since: int, until: int) -> list[tuple[str, Decimal]]:
        """Return what was booked on each account in [since, until)."""
        ...

    def faults(self, brand_id: int) -> list[tuple[str, str]]:
        """Return (entries, wallets or lots; which) of what does not add up, at most a hundred."""
        ...
