"""Paid orders around a live session: what its curve is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.reports.product_lines import bought_lines

__all__ = ["lines_between", "orders_between", "read_lines"]

_PAID: Final = "Order Paid"


def orders_between(
    tables: Tables, first: int, past: int, code: str, shop: str, most: int
) -> ibis.Table:
    """Return order_id, paid_at, total, currency, has_code and in_shop of orders paid in a time.

    Args:
        tables: a brand's population.
        first: from this instant on.
        past: and before this one.
        code: what an order of the session carries; "" = nothing.
        shop: `platform/shop` of the session; "" = any.
        most: how many orders at most, the earliest first.
    """
    rows = _paid(tables)
    rows = rows.filter(
        rows.occurred_at >= moment_literal(first), rows.occurred_at < moment_literal(past)
    )
    platform, _, name = shop.partition("/")
    rows = rows.select(
        "order_id", "occurred_at", "position",
        total=tables.cell(rows.properties, ("total",)).number(),
        currency=tables.cell(rows.properties, ("currency",)).text(),
        has_code=_carries(tables, rows, code),
        in_shop=(
            (tables.cell(rows.properties, ("platform",)).text() == platform)
            & (tables.cell(rows.properties, ("shop",)).text() == name)
        ).fill_null(False)
        if shop
        else ibis.literal(False),
    )  # fmt: skip
    found = rows.group_by("order_id").agg(
        paid_at=rows.occurred_at.min(), total=rows.total.argmax(rows.position),
        currency=rows.currency.argmax(rows.position), has_code=rows.has_code.any(),
        in_shop=rows.in_shop.any(),
    )  # fmt: skip
    return found.order_by("paid_at", "order_id").limit(most)


def lines_between(tables: Tables, first: int, past: int, products: list[str]) -> ibis.Table:
    """Return order_id and product_id of some products, of orders paid in a time."""
    lines = bought_lines(tables)
    lines = lines.filter(
        lines.paid_at >= moment_literal(first), lines.paid_at < moment_literal(past),
        lines.product_id.isin(products),
    )  # fmt: skip
    return lines.select("order_id", "product_id").distinct()


def read_lines(found: pa.Table) -> Mapping[str, frozenset[str]]:
    """Return order_id -> the products that it holds."""
    of: dict[str, set[str]] = {}
    for row in found.to_pylist():
        of.setdefault(row["order_id"], set()).add(row["product_id"])
    return {order: frozenset(products) for order, products in of.items()}


def _paid(tables: Tables) -> ibis.Table:
    """Return the events of paid orders, with their orders' ids."""
    events = tables.events
    rows = events.filter(events.name == _PAID)
    cell = tables.cell(rows.properties, ("order_id",))
    rows = rows.mutate(
        order_id=ibis.coalesce(cell.text(), cell.number().cast("int64").cast("string"))
    )
    return rows.filter(rows.order_id.notnull())


def _carries(tables: Tables, rows: ibis.Table, code: str) -> ibis.Value:
    """Return whether an order carries a code, as a coupon or as where it came from.

    Codes are typed in capitals and in small letters; people mean the same.
    """
    if not code:
        return ibis.literal(False)
    wanted = code.lower()
    told = [
        (tables.cell(rows.properties, (name,)).text().lower() == wanted).fill_null(False)
        for name in ("coupon", "code", "utm_content")
    ]
    spellings = list(dict.fromkeys([code, wanted, code.upper()]))
    listed = tables.cell(rows.properties, ("coupons",)).has(spellings).fill_null(False)
    return told[0] | told[1] | told[2] | listed
