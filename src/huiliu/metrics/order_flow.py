"""Orders on their way: when they were placed, paid and shipped, and what was given back of them.

`purchases` knows only what stands; here every order that was ever placed is a row, and every part
of one that was given back is another.
"""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Frame
from huiliu.metrics.purchases import UNDONE, last_told, told_of_orders

__all__ = ["every_order", "given_back"]

_PAID: Final = "Order Paid"
_PLACED: Final = ("Order Created", _PAID)
#: The first of them says that the goods left; not every shop tells of each.
_SHIPPED: Final = ("Order Shipped", "Order Out For Delivery", "Order Delivered")


def every_order(frame: Frame) -> ibis.Table:
    """Return order_id, profile_id, placed_at, paid_at, shipped_at, total, channel and currency."""
    told = told_of_orders(frame.tables, _SHIPPED)
    orders = told.group_by("order_id").agg(
        profile_id=told.profile_id.argmax(told.position),
        placed_at=told.occurred_at.min(where=told.name.isin(_PLACED)),
        paid_at=told.occurred_at.min(where=told.name == _PAID),
        shipped_at=told.occurred_at.min(where=told.name.isin(_SHIPPED)),
        total=last_told(told, "total"),
        channel=last_told(told, "channel"),
        currency=last_told(told, "currency"),
    )
    orders = orders.mutate(total=orders.total.fill_null(0.0))
    if frame.currency:
        orders = orders.filter(orders.currency.isnull() | (orders.currency == frame.currency))
    return orders


def given_back(frame: Frame, orders: ibis.Table) -> ibis.Table:
    """Return order_id, channel, shipped_at, at and amount of what was paid and given back.

    A refund of a part says how much; any other, and a cancelling, gives back all that is left.
    What is told twice is given back once: no order gives back more than it cost.
    """
    told = told_of_orders(frame.tables)
    told = told.filter(told.name.isin(UNDONE))
    rows = told.select("position", "order_id", "refund", "is_part", at="occurred_at")
    paid = orders.filter(orders.paid_at.notnull())
    pairs = rows.inner_join(
        paid.select("order_id", "total", "channel", "paid_at", "shipped_at"), "order_id"
    )
    pairs = pairs.filter(pairs["at"] >= pairs.paid_at)
    pairs = pairs.mutate(
        asked=ibis.ifelse(pairs.is_part, pairs.refund.fill_null(pairs.total), pairs.total)
    )
    so_far = ibis.cumulative_window(group_by=pairs.order_id, order_by=[pairs["at"], pairs.position])
    pairs = pairs.mutate(reached=pairs.asked.sum().over(so_far))
    amount = ibis.least(pairs.reached, pairs.total) - ibis.least(
        pairs.reached - pairs.asked, pairs.total
    )
    pairs = pairs.mutate(amount=amount)
    found = pairs.filter(pairs.amount > 0)
    return found.select("order_id", "channel", "shipped_at", "at", "amount")
