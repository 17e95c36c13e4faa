"""Which products people bought, as events tell it: what every report on the catalogue reads."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.conditions import Tables

__all__ = ["bought_lines", "product_of"]

_PLACED: Final = "Order Created"
_PAID: Final = "Order Paid"


def product_of(tables: Tables, document: ibis.Value) -> ibis.Value:
    """Return the product id of a JSON value; shops that count theirs send a number."""
    return _id(tables, document, "product_id")


def bought_lines(tables: Tables) -> ibis.Table:
    """Return profile_id, order_id, product_id and paid_at of what was ever paid, each once.

    Lines may stand in either of the two events of an order. What was sent back is there too: it
    was bought, and is not to be recommended again.
    """
    events = tables.events
    told = events.filter(events.name.isin((_PLACED, _PAID)), events.profile_id.notnull())
    rows = told.mutate(order_id=_id(tables, told.properties, "order_id"))
    rows = rows.filter(rows.order_id.notnull())
    paid = rows.filter(rows.name == _PAID)
    orders = paid.group_by("order_id").agg(
        paid_at=paid.occurred_at.min(), profile_id=paid.profile_id.argmax(paid.position)
    )
    products = tables.cell(rows.properties, ("products",)).items()
    several = rows.select("order_id", products=products)
    several = several.filter(several.products.length() > 0)
    lines = several.select("order_id", line=several.products.unnest())
    listed = lines.select("order_id", product_id=product_of(tables, lines.line))
    single = rows.select("order_id", product_id=product_of(tables, rows.properties))
    both = listed.union(single)
    both = both.filter(both.product_id.notnull()).distinct()
    return both.inner_join(orders, "order_id").select(
        "profile_id", "order_id", "product_id", "paid_at"
    )


def _id(tables: Tables, document: ibis.Value, name: str) -> ibis.Value:
    """Return an id that is written as a text or as a number."""
    cell = tables.cell(document, (name,))
    return ibis.coalesce(cell.text(), cell.number().cast("int64").cast("string"))
