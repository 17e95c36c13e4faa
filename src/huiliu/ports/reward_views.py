"""What people look up of coupons and promotions: how much they gave, which orders took them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from huiliu.ports.rewards import RedemptionRow

__all__ = ["CouponSpan", "DayUsage", "HeldCode", "RedemptionQuery", "RewardViews", "Usage"]


class Usage(msgspec.Struct, frozen=True, gc=False):
    """What one promotion or pool gave in one currency."""

    slug: str
    currency: str
    #: Orders that took it, and those that hold a part of it for a while.
    n_redeemed: int
    n_reserved: int
    #: Minor units off, of the orders that took it.
    discount: int
    last_at: int


class DayUsage(msgspec.Struct, frozen=True, gc=False):
    """What a promotion or pool gave on one day."""

    #: Days since 1970-01-01 in the zone that was asked for.
    day: int
    n: int
    discount: int


class RedemptionQuery(msgspec.Struct, frozen=True):
    """Which orders are looked for; what is empty does not matter."""

    state: str = ""
    promotion: str = ""
    coupon: str = ""
    #: As codes are compared.
    code: str = ""
    order_id: str = ""
    profiles: tuple[int, ...] = ()


class HeldCode(msgspec.Struct, frozen=True, gc=False):
    """One own code that a person got."""

    code: str
    coupon: str
    issued_at: int
    #: 0 = with its pool.
    expires_at: int
    channel: str
    is_void: bool
    #: Orders that took it or hold it.
    n_used: int


class CouponSpan(msgspec.Struct, frozen=True, gc=False):
    """What one pool did in a span of time."""

    coupon: str
    #: Codes that were issued in the span, and those of them that orders took since.
    n_issued: int
    n_used: int
    #: Orders of the span that took codes of it, in the currency that was asked for.
    n_orders: int
    #: Minor units: what those orders came to before discounts, and what the pool took off.
    total: int
    discount: int
    #: Such orders in other currencies.
    n_other: int


class RewardViews(Protocol):
    """Coupons and promotions as people look at them, inside one transaction."""

    def usage(
        self,
        brand_id: int,
        what: str,
        since: int = 0,
        slugs: Collection[str] = (),
        until: int = 0,
    ) -> list[Usage]:
        """Return what each `promotion` or `coupon` gave since an instant.

        Args:
            brand_id: whose.
            what: promotion or coupon.
            since: orders that changed before it do not count.
            slugs: only these; () = all.
            until: orders that changed then or later do not count; 0 = all do.
        """
        ...

    def by_day(
        self, brand_id: int, what: str, slug: str, since: int, offset: int
    ) -> list[DayUsage]:
        """Return what one gave day by day; `offset` is the zone's, in microseconds."""
        ...

    def find(
        self, brand_id: int, asked: RedemptionQuery, before: tuple[int, str] | None, limit: int
    ) -> Sequence[RedemptionRow]:
        """Return orders, those that changed last first; `before` is the last one's mark."""
        ...

    def held(self, brand_id: int, profiles: Collection[int], limit: int) -> list[HeldCode]:
        """Return the own codes that were issued to any of these, the newest first."""
        ...

    def coupons_in(
        self, brand_id: int, since: int, until: int, currency: str
    ) -> Sequence[CouponSpan]:
        """Return what each pool did from an instant until another, what took off most first."""
        ...
