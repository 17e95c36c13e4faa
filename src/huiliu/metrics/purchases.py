"""What counts as a purchase: an order that was paid and still stands, with its lines.

Both tables are plain expressions over a population's events, so they are as exact as of any moment
as the events are. They are read by nearly every tag: the shell keeps them once a refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import ibis

from huiliu.conditions import Tables

__all__ = [
    "LINES", "MONEY", "ORDER_TOLD_BY", "PURCHASES", "UNDONE", "last_told", "line_rows",
    "order_id_of", "purchase_rows", "told_of_orders",
]  # fmt: skip

_TIME: Final = "timestamp(6)"

#: One row an order. Money is in major units of the row's own currency.
PURCHASES: Final[Mapping[str, str]] = MappingProxyType({
    "profile_id": "int64", "order_id": "string",
    #: The first time the order was paid.
    "paid_at": _TIME,
    #: What was paid; what was taken off; what it would have cost; what was paid without any
    #: discount: the total where nothing was taken off and no coupon used, else 0.
    "total": "float64", "discount": "float64", "list_total": "float64", "full_price": "float64",
    #: The category of the order, or of its first line; where it was placed.
    "category": "string", "channel": "string", "currency": "string",
})  # fmt: skip

#: One row a line of an order.
LINES: Final[Mapping[str, str]] = MappingProxyType({
    "profile_id": "int64", "order_id": "string", "paid_at": _TIME, "currency": "string",
    "product_id": "string", "category": "string", "quantity": "float64", "amount": "float64",
})  # fmt: skip

#: Columns that may only be added up within one currency.
MONEY: Final = frozenset({"total", "discount", "list_total", "full_price", "amount"})

#: Orders placed by a shop's server say nothing about where a person bought.
_NO_CHANNEL: Final = "server"
_PAID: Final = "Order Paid"
_PLACED: Final = "Order Created"
#: The events after which an order stands no longer.
UNDONE: Final = ("Order Cancelled", "Order Refunded")
#: The events that orders are read from.
ORDER_TOLD_BY: Final = frozenset({_PLACED, _PAID, *UNDONE})


def purchase_rows(
    tables: Tables, is_inside: Callable[[ibis.Value], ibis.Value] | None = None
) -> ibis.Table:
    """Return the orders that were paid and neither cancelled nor refunded, one row each.

    What several events of an order tell differently is taken from the last of them in the log.

    Args:
        tables: of one brand.
        is_inside: of when an event happened; only orders of which a payment is inside are looked
            at, which are more than those paid there first, and far less work than all of them.
    """
    if tables.standing is not None:
        return tables.standing
    told = told_of_orders(tables)
    if is_inside is not None:
        paid = told.filter(told.name == _PAID, is_inside(told.occurred_at))
        told = told.semi_join(paid.select("order_id").distinct(), "order_id")
    orders = told.group_by("order_id").agg(
        profile_id=told.profile_id.argmax(told.position),
        paid_at=told.occurred_at.min(where=told.name == _PAID),
        undone=told.name.isin(UNDONE).any(),
        total=last_told(told, "total"),
        discount=last_told(told, "discount"),
        used_coupon=told.coupon.any(),
        category=last_told(told, "category"),
        channel=last_told(told, "channel"),
        currency=last_told(told, "currency"),
    )
    orders = orders.filter(orders.paid_at.notnull(), ~orders.undone)
    discount = ibis.greatest(orders.discount.fill_null(0.0), 0.0)
    total = orders.total.fill_null(0.0)
    whole = (discount <= 0) & ~orders.used_coupon.fill_null(False)
    orders = orders.mutate(
        total=total,
        discount=discount,
        list_total=total + discount,
        full_price=ibis.ifelse(whole, total, 0.0),
    )
    return orders.select(*PURCHASES)


def line_rows(tables: Tables, purchases: ibis.Table) -> ibis.Table:
    """Return the lines of the orders in `purchases`.

    The lines of the last event that brought any stand; an order without lines has none here.
    """
    events = tables.events
    rows = events.filter(events.name.isin((_PLACED, _PAID)), events.profile_id.notnull())
    products = tables.cell(rows.properties, ("products",))
    rows = rows.select(
        position=rows.position, order_id=order_id_of(tables, rows), products=products.items()
    )
    rows = rows.filter(rows.order_id.notnull(), rows.products.length() > 0)
    newest = rows.group_by("order_id").agg(position=rows.position.max())
    rows = rows.semi_join(newest, ["order_id", "position"])
    each = rows.select(order_id=rows.order_id, line=rows.products.unnest())
    cells = {key: tables.cell(each.line, (key,)) for key in ("product_id", "category", "price")}
    quantity = tables.cell(each.line, ("quantity",)).number().fill_null(1.0)
    found = each.select(
        order_id=each.order_id,
        product_id=cells["product_id"].text(),
        category=cells["category"].text(),
        quantity=quantity,
        amount=(cells["price"].number() * quantity).fill_null(0.0),
    )
    orders = purchases.select("profile_id", "order_id", "paid_at", "currency")
    return found.inner_join(orders, "order_id").select(*LINES)


def told_of_orders(tables: Tables, more: tuple[str, ...] = ()) -> ibis.Table:
    """Return what each event of an order says about it; of those of more names too."""
    known = (_PLACED, _PAID, *UNDONE, *more)
    if tables.order_told is not None:
        return tables.order_told.filter(tables.order_told.name.isin(known))
    events = tables.events
    rows = events.filter(events.name.isin(known), events.profile_id.notnull())

    def cell(*path: str) -> ibis.Value:
        """Point into the properties."""
        return tables.cell(rows.properties, path)

    category = ibis.coalesce(cell("category").text(), _first_category(tables, rows))
    told = rows.select(
        "profile_id", "name", "occurred_at", "position",
        order_id=order_id_of(tables, rows),
        total=ibis.coalesce(cell("total").number(), cell("revenue").number()),
        discount=cell("discount").number(),
        coupon=cell("coupon").is_set(),
        category=category,
        channel=ibis.coalesce(cell("channel").text(), rows.channel).nullif(_NO_CHANNEL),
        currency=cell("currency").text(),
        refund=cell("refund").number(),
        is_part=cell("is_partial").flag().fill_null(False),
    )  # fmt: skip
    return told.filter(told.order_id.notnull())


def order_id_of(tables: Tables, rows: ibis.Table) -> ibis.Value:
    """Return an order's id; shops that count theirs send a number."""
    cell = tables.cell(rows.properties, ("order_id",))
    return ibis.coalesce(cell.text(), cell.number().cast("int64").cast("string"))


def _first_category(tables: Tables, rows: ibis.Table) -> ibis.Value:
    """Return the category of the first line."""
    lines = tables.cell(rows.properties, ("products",)).items()
    return tables.cell(lines[0], ("category",)).text()


def last_told(rows: ibis.Table, column: str) -> ibis.Value:
    """Return what the last event that says anything says."""
    return rows[column].argmax(rows.position, where=rows[column].notnull())
