"""What the channel guard reads of products: seen, put into the cart, paid for, by stock and price.

A case is a person and a product that they saw on a day; what they did with it then counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.metrics.purchases import line_rows, purchase_rows
from huiliu.reports.guard_messages import of_people

__all__ = ["PRODUCT_DIMENSIONS", "STEPS", "Views", "case_cells", "cases", "price_edges"]

STEPS: Final = ("cart", "pay")
PRODUCT_DIMENSIONS: Final = ("stock", "price", "region", "os", "app_version")
_VIEWED: Final = "Product Viewed"
_ADDED: Final = "Product Added"
#: With fewer pieces left a product is short.
_SHORT: Final = 5


@dataclass(frozen=True, slots=True)
class Views:
    """Whose views are read."""

    tables: Tables
    #: Seen from this instant to before that one.
    since: int
    until: int
    #: What they did within so long counts.
    within: int
    #: Only of these people and within so long after the message: profile_id, sent_at; None = all.
    sent: ibis.Table | None = None
    #: Only on this channel; "" = on all.
    channel: str = ""


def cases(asked: Views, stocked: ibis.Table) -> ibis.Table:
    """Return profile_id, product_id, at, price, stock, cart, pay, region, os and app_version.

    Args:
        asked: whose views.
        stocked: product_id and the pieces that are left now: what no event told.
    """
    tables, events = asked.tables, asked.tables.events
    seen = events.filter(
        events.name == _VIEWED, events.occurred_at >= moment_literal(asked.since),
        events.occurred_at < moment_literal(asked.until),
    )  # fmt: skip
    if asked.channel:
        seen = seen.filter(seen.channel == asked.channel)
    rows = seen.select(
        "profile_id", product_id=_product(tables, seen), at=seen.occurred_at,
        price=tables.cell(seen.properties, ("price",)).number(),
        told=tables.cell(seen.properties, ("stock",)).number(),
    )  # fmt: skip
    rows = rows.filter(rows.product_id.notnull())
    if asked.sent is not None:
        rows = _after_messages(rows, asked.sent, asked.within)
    rows = rows.mutate(day=rows["at"].epoch_seconds() // 86_400)
    rows = rows.group_by("profile_id", "product_id", "day").agg(
        at=rows["at"].min(), price=rows.price.max(), told=rows.told.min()
    )
    rows = rows.left_join(stocked, "product_id").drop("product_id_right")
    left = ibis.coalesce(rows.told, rows.pieces.cast("float64"))
    rows = rows.mutate(
        stock=ibis.cases((left.isnull(), ""), (left <= 0, "out"), (left < _SHORT, "low"),
                         else_="plenty"),
    )  # fmt: skip
    rows = rows.select("profile_id", "product_id", "day", "at", "price", "stock")
    added = events.filter(events.name == _ADDED)
    added = added.select("profile_id", product_id=_product(tables, added), did=added.occurred_at)
    orders = purchase_rows(tables)
    lines = line_rows(tables, orders)
    paid = lines.select("profile_id", "product_id", did=lines.paid_at)
    rows = _did(_did(rows, added, asked.within, "cart"), paid, asked.within, "pay")
    return of_people(rows, tables)


def price_edges(rows: ibis.Table) -> ibis.Table:
    """Return the prices that part cases into three of a size: low and high; null = no prices."""
    return rows.aggregate(low=rows.price.quantile(1 / 3), high=rows.price.quantile(2 / 3))


def case_cells(rows: ibis.Table, since: int, edges: tuple[float, float] | None) -> ibis.Table:
    """Return how many were seen, put into the cart and paid for, before an instant and after."""
    price: ibis.Value = ibis.literal("")
    if edges is not None:
        price = ibis.cases(
            (rows.price.isnull(), ""), (rows.price <= edges[0], "low"),
            (rows.price <= edges[1], "middle"), else_="high",
        )  # fmt: skip
    rows = rows.mutate(after=rows["at"] >= moment_literal(since), price=price)
    rows = rows.mutate(cart=rows.cart | rows.pay)
    return rows.group_by("after", *PRODUCT_DIMENSIONS).agg(
        send=rows.count(), cart=rows.cart.sum(), pay=rows.pay.sum()
    )


def _product(tables: Tables, rows: ibis.Table) -> ibis.Value:
    """Return the product that an event is about; shops that count theirs send a number."""
    cell = tables.cell(rows.properties, ("product_id",))
    return ibis.coalesce(cell.text(), cell.number().cast("int64").cast("string"))


def _after_messages(rows: ibis.Table, sent: ibis.Table, within: int) -> ibis.Table:
    """Return the views that came within a time after a message."""
    pairs = rows.inner_join(sent, "profile_id")
    apart = pairs["at"].epoch_seconds() - pairs.sent_at.epoch_seconds()
    pairs = pairs.filter(apart >= 0, apart <= within // 1_000_000)
    return pairs.select(*rows.columns).distinct()


def _did(rows: ibis.Table, acts: ibis.Table, within: int, name: str) -> ibis.Table:
    """Return cases with whether their people did something with the product in time."""
    acts = acts.filter(acts.product_id.notnull())
    pairs = rows.select("profile_id", "product_id", "day", "at").inner_join(
        acts, ["profile_id", "product_id"]
    )
    apart = pairs.did.epoch_seconds() - pairs["at"].epoch_seconds()
    done = pairs.filter(apart >= 0, apart <= within // 1_000_000)
    done = done.select("profile_id", "product_id", "day").distinct().mutate(done=True)
    both = rows.left_join(done, ["profile_id", "product_id", "day"])
    return both.select(*rows.columns, **{name: both.done.fill_null(False)})
