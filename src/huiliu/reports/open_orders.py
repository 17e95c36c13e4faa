"""Orders that are paid and not at an end, with where they go: what disrupted regions ask for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY

__all__ = ["REACH", "open_orders", "read_open_orders"]

#: An order that nothing was heard of for so long is not waited for any more.
REACH: Final = 60 * DAY
_STEPS: Final = ("Order Created", "Order Paid", "Order Shipped", "Order Out For Delivery")
_ENDS: Final = ("Order Delivered", "Order Cancelled", "Order Refunded")
_TOLD: Final = ("region", "country", "platform", "shop", "usage_scope")


def open_orders(
    tables: Tables, now: int, *, after: int = 0, ids: Collection[str] | None = None
) -> ibis.Table:
    """Return order_id, profile_id and where each goes, of orders that are paid and not at an end.

    Args:
        tables: a brand's population.
        now: from when it is looked back.
        after: only orders with an event at this place of the log or later.
        ids: only these orders.
    """
    events = tables.events
    told = events.filter(
        events.name.isin((*_STEPS, *_ENDS)),
        events.profile_id.notnull(),
        events.occurred_at >= moment_literal(now - REACH),
    )
    rows = told.select(
        "profile_id", "name", "position",
        order_id=_id(tables, told.properties),
        # Of several things one was sent back: the others are still on their way.
        is_end=told.name.isin(_ENDS)
        & ~tables.cell(told.properties, ("is_partial",)).flag().fill_null(False),
        **{name: tables.cell(told.properties, (name,)).text() for name in _TOLD},
    )  # fmt: skip
    rows = rows.filter(rows.order_id.notnull())
    if ids is not None:
        rows = rows.filter(rows.order_id.isin(sorted(ids)))
    if after:
        fresh = rows.filter(rows.position >= after).select("order_id").distinct()
        rows = rows.semi_join(fresh, "order_id")
    last = {
        name: rows[name].argmax(rows.position, where=rows[name].notnull())
        for name in ("profile_id", *_TOLD)
    }
    found = rows.group_by("order_id").agg(
        is_paid=rows.name.isin(_STEPS[1:]).any(), is_over=rows.is_end.any(), **last
    )
    found = found.filter(found.is_paid, ~found.is_over)
    return found.select("order_id", "profile_id", *_TOLD)


def read_open_orders(found: pa.Table) -> list[tuple[str, int, str, str, str, str, str]]:
    """Return (order_id, profile_id, region, country, platform, shop, usage_scope), by order."""
    return sorted(
        (row["order_id"], row["profile_id"], *(row[name] or "" for name in _TOLD))
        for row in found.to_pylist()
    )


def _id(tables: Tables, document: ibis.Value) -> ibis.Value:
    """Return an order's id, which is written as a text or as a number."""
    cell = tables.cell(document, ("order_id",))
    return ibis.coalesce(cell.text(), cell.number().cast("int64").cast("string"))
