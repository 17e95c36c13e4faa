"""What people look up of coupons and promotions, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.reward_views import CouponSpan, DayUsage, HeldCode, RedemptionQuery, Usage
from huiliu.ports.rewards import RedemptionRow
from huiliu.stores.arrays import bigints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresRewardViews"]

_EVER: Final = (2**63 - 1, "")


class PostgresRewardViews:
    """Coupons and promotions as people look at them, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def usage(
        self,
        brand_id: int,
        what: str,
        since: int = 0,
        slugs: Collection[str] = (),
        until: int = 0,
    ) -> list[Usage]:
        """Return what each `promotion` or `coupon` gave since an instant."""
        given = {"brand": brand_id, "what": what, "since": since, "until": until,
                 "slugs": texts(sorted(slugs))}  # fmt: skip
        rows = self._connection.execute(query("reward_views", "usage"), given)
        return [Usage(*row) for row in rows]

    def by_day(
        self, brand_id: int, what: str, slug: str, since: int, offset: int
    ) -> list[DayUsage]:
        """Return what one gave day by day; `offset` is the zone's, in microseconds."""
        given = {"brand": brand_id, "what": what, "slug": slug, "since": since, "offset": offset}
        rows = self._connection.execute(query("reward_views", "by_day"), given)
        return [DayUsage(*row) for row in rows]

    def find(
        self, brand_id: int, asked: RedemptionQuery, before: tuple[int, str] | None, limit: int
    ) -> Sequence[RedemptionRow]:
        """Return orders, those that changed last first; `before` is the last one's mark."""
        orders = self._orders(brand_id, asked)
        at, order_id = before or _EVER
        rows = self._connection.execute(
            query("reward_views", "find"),
            {
                "brand": brand_id, "state": asked.state, "promotion": asked.promotion,
                "coupon": asked.coupon, "orders": None if orders is None else texts(orders),
                "profiles": bigints(asked.profiles), "at": at, "order": order_id, "limit": limit,
            },
        )  # fmt: skip
        return [RedemptionRow(*row) for row in rows]

    def held(self, brand_id: int, profiles: Collection[int], limit: int) -> list[HeldCode]:
        """Return the own codes that were issued to any of these, the newest first."""
        given = {"brand": brand_id, "profiles": bigints(sorted(profiles)), "limit": limit}
        return [
            HeldCode(*row) for row in self._connection.execute(query("reward_views", "held"), given)
        ]

    def coupons_in(
        self, brand_id: int, since: int, until: int, currency: str
    ) -> Sequence[CouponSpan]:
        """Return what each pool did from an instant until another, what took off most first."""
        rows = self._connection.execute(
            query("reward_views", "coupons_in"),
            {"brand": brand_id, "since": since, "until": until, "currency": currency},
        )
        return [CouponSpan(*row) for row in rows]

    def _orders(self, brand_id: int, asked: RedemptionQuery) -> list[str] | None:
        """Return the orders that a number or a code names; None = neither is asked for."""
        if not asked.code:
            return [asked.order_id] if asked.order_id else None
        given = (brand_id, asked.code)
        found = [
            order_id
            for (order_id,) in self._connection.execute(
                query("reward_views", "orders_of_code"), given
            )
        ]
        return found if not asked.order_id else [one for one in found if one == asked.order_id]
