"""The checkout's state: sales by receipt number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

__all__ = ["Origin", "PosStore", "Receipt", "ReceiptFilter", "ReceiptState"]


class ReceiptState(StrEnum):
    """How far a sale has come."""

    #: Its payment is under way; coupons are reserved for it.
    PENDING = "pending"
    COMMITTED = "committed"
    VOIDED = "voided"
    #: It was never paid.
    DROPPED = "dropped"


class Origin(StrEnum):
    """Where a sale was made."""

    TILL = "till"
    #: At a till without a connection, told later.
    OFFLINE = "offline"
    #: On the buyer's own phone.
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One sale."""

    brand_id: int
    order_id: str
    store: str
    terminal: str
    business_date: str
    receipt: str
    state: ReceiptState
    origin: Origin
    #: Hash of what was asked.
    asked: bytes
    profile_id: int | None
    currency: str
    #: Minor units, what was to be paid.
    total: int
    discount: int
    points_burnt: Decimal
    #: Lines as they were sold, what was saved and why: see `services/sale_data.py`.
    sale: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: Codes of what the till did and Huiliu would not have.
    differences: tuple[str, ...] = ()
    occurred_at: int = 0
    created_at: int = 0
    committed_at: int = 0
    voided_at: int = 0
    voided_by: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """Which receipts; "" = whichever."""

    store: str = ""
    state: str = ""
    origin: str = ""
    #: A part of the receipt number.
    receipt: str = ""
    differing: bool = False


class PosStore(Protocol):
    """Sales, inside one transaction."""

    def begin(self, receipt: Receipt) -> bool:
        """Write a sale down; False = its number was told before. Waits for whoever tells it now."""
        ...

    def lock(self, brand_id: int, order_id: str) -> Receipt | None:
        """Return a sale, locked until the transaction ends."""
        ...

    def get(self, brand_id: int, order_id: str) -> Receipt | None:
        """Return a sale."""
        ...

    def put(self, receipt: Receipt) -> None:
        """Write a sale as it is now."""
        ...

    def list(
        self,
        brand_id: int,
        chosen: ReceiptFilter,
        limit: int,
        before: tuple[int, str] | None = None,
    ) -> Sequence[Receipt]:
        """Return sales, newest first, below (created_at, order_id)."""
        ...

    def counts(self, brand_id: int, since: int) -> Mapping[str, int]:
        """Return state -> how many sales since, and `differing`, and `saved` by currency."""
        ...

    def held(
        self, brand_id: int, ids: Sequence[int], now: int, limit: int
    ) -> Sequence[tuple[str, str, int]]:
        """Return (code, coupon, end) of a person's codes that can be used, first to end first."""
        ...

    def stores(self, brand_id: int) -> Sequence[str]:
        """Return the stores that sold something lately."""
        ...
