"""What people took for their points: stock that is claimed, exchanges that are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

__all__ = ["ExchangeFilter", "ExchangeRow", "ExchangeStore"]


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One exchange."""

    #: 16 bytes: hash of the client's key.
    exchange_id: bytes
    #: Hash of what was asked with it.
    asked: bytes
    catalogue: str
    item: str
    #: Of the catalogue.
    version: int
    profile_id: int
    channel: str
    points: Decimal
    #: coupon, gift or product.
    gives: str
    #: Which pool, gift or product.
    subject: str
    #: The coupon's code; "" = none.
    code: str
    #: done, to_send, sent or cancelled.
    state: str
    at: int
    changed_at: int
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeFilter:
    """Which exchanges are asked for; what is empty does not matter."""

    profile_ids: Collection[int] = ()
    catalogue: str = ""
    item: str = ""
    state: str = ""
    #: (at, exchange_id) of the last one that was shown.
    before: tuple[int, bytes] | None = None


class ExchangeStore(Protocol):
    """Exchanges, inside one transaction."""

    def claim(self, brand_id: int, catalogue: str, item: str, profile_id: int, most: int) -> bool:
        """Take one of what is left, for a person or (0) of the stock; False = none is left.

        Args:
            brand_id: whose catalogue.
            catalogue: which one.
            item: of it.
            profile_id: 0 = everybody together.
            most: 0 = without end.
        """
        ...

    def release(self, brand_id: int, catalogue: str, item: str, profile_id: int) -> None:
        """Give one back."""
        ...

    def taken(self, brand_id: int, catalogue: str) -> Mapping[str, int]:
        """Return item -> how many are taken."""
        ...

    def taken_by(self, brand_id: int, catalogue: str, profile_id: int) -> Mapping[str, int]:
        """Return item -> how many one person took."""
        ...

    def add(self, brand_id: int, row: ExchangeRow) -> bool:
        """Write an exchange down; False = its key was used before.

        Another exchange with the same key waits here until this transaction ends.
        """
        ...

    def settle(self, brand_id: int, row: ExchangeRow) -> None:
        """Write what became of an exchange."""
        ...

    def find(self, brand_id: int, exchange_id: bytes, *, locked: bool) -> ExchangeRow | None:
        """Return an exchange; None = there is none."""
        ...

    def list(self, brand_id: int, wanted: ExchangeFilter, limit: int) -> list[ExchangeRow]:
        """Return exchanges, newest first."""
        ...
