"""Regions that parcels do not reach for a while, and the orders that are caught by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["CLEARED", "DISRUPTED", "CaughtOrder", "Disruption", "RegionStore"]

#: What an order is still to be told.
DISRUPTED = "disrupted"
CLEARED = "cleared"


class Disruption(msgspec.Struct, frozen=True, kw_only=True):
    """One region, for some time."""

    brand_id: int
    disruption_id: int = 0
    #: As it was written, such as 广东省/深圳市; "" = the whole country.
    region: str
    #: ISO 3166; "" = wherever the region's name is found.
    country: str = ""
    starts_at: int
    #: 0 = nobody knows yet.
    ends_at: int = 0
    note: str = ""
    created_at: int
    created_by: str = ""
    #: Orders of events below this place in the log were looked at.
    looked: int = 0
    #: When orders are looked at next; 0 = never again: it is over.
    due_at: int = 0
    #: How many orders were caught; filled in by `listed`.
    n_orders: int = 0


class CaughtOrder(msgspec.Struct, frozen=True):
    """One order that goes to a disrupted region."""

    order_id: str
    profile_id: int
    region: str
    country: str = ""
    #: From its events: whose shop it is, and what may be sent about it.
    platform: str = ""
    shop: str = ""
    usage_scope: str = ""


class RegionStore(Protocol):
    """Disrupted regions, inside one transaction."""

    def add(self, one: Disruption) -> int:
        """Write a disruption down and return its id."""
        ...

    def listed(self, brand_id: int, limit: int) -> list[Disruption]:
        """Return disruptions, those under way first, then the latest."""
        ...

    def lock(self, brand_id: int, disruption_id: int) -> Disruption:
        """Lock one disruption; raise NotFound."""
        ...

    def due(self, now: int) -> Disruption | None:
        """Lock the disruption that has been due longest, unless another process holds it."""
        ...

    def save(self, one: Disruption) -> None:
        """Write how a disruption that this transaction holds stands now."""
        ...

    def catch(self, one: Disruption, orders: Sequence[CaughtOrder], at: int) -> int:
        """Write down orders that are to be told; those known already stay. Return how many."""
        ...

    def told_orders(self, one: Disruption) -> list[str]:
        """Return the ids of all orders that were caught."""
        ...

    def clear(self, one: Disruption, still_open: Sequence[str]) -> int:
        """Let the open ones of the orders that were told be told of the end; return how many."""
        ...

    def take(self, limit: int) -> list[tuple[Disruption, str, CaughtOrder]]:
        """Take some of what is to be told: disruption, `DISRUPTED` or `CLEARED`, order."""
        ...
