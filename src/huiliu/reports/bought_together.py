"""What goes with what: products of the same orders, and how many people want each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY
from huiliu.reports.product_lines import bought_lines, product_of

__all__ = [
    "LEAST_ORDERS",
    "buyers_of",
    "pairs_of",
    "read_people",
    "viewers_of",
]

#: Two products must have been bought together so often: once is chance.
LEAST_ORDERS: Final = 2
#: How far back orders and views are looked at, in days.
_ORDERS_DAYS: Final = 365
_TREND_DAYS: Final = 90
#: An order of more products is a wholesaler's: everything goes with everything.
_MOST_LINES: Final = 50
#: So many products are kept beside each.
_KEPT: Final = 20


def pairs_of(tables: Tables, now: int) -> ibis.Table:
    """Return product_id, place, other_id, n_orders and lift of what was bought together.

    Kept is what at least `LEAST_ORDERS` orders hold both of, and more than chance would put
    together (lift above 1); ordered by the number of orders, then by lift.
    """
    lines = bought_lines(tables)
    lines = lines.filter(lines.paid_at >= moment_literal(now - _ORDERS_DAYS * DAY))
    lines = lines.select("order_id", "product_id").distinct()
    sizes = lines.group_by("order_id").agg(n_lines=lines.count())
    sizes = sizes.filter(sizes.n_lines <= _MOST_LINES)
    lines = lines.semi_join(sizes, "order_id")
    counts = lines.group_by("product_id").agg(n=lines.count())
    others = lines.select("order_id", other_id=lines.product_id)
    both = lines.inner_join(others, "order_id")
    both = both.filter(both.product_id != both.other_id)
    pairs = both.group_by("product_id", "other_id").agg(n_orders=both.count())
    pairs = pairs.filter(pairs.n_orders >= LEAST_ORDERS)
    pairs = pairs.inner_join(counts.select("product_id", n_own=counts.n), "product_id")
    pairs = pairs.inner_join(
        counts.select(other_id=counts.product_id, n_other=counts.n), "other_id"
    )
    total = sizes.aggregate(n_all=sizes.count())
    pairs = pairs.cross_join(total)
    chance = pairs.n_own.cast("float64") * pairs.n_other.cast("float64")
    pairs = pairs.mutate(lift=pairs.n_orders.cast("float64") * pairs.n_all.cast("float64") / chance)
    pairs = pairs.filter(pairs.lift > 1.0)
    place = ibis.row_number().over(
        group_by=pairs.product_id,
        order_by=[pairs.n_orders.desc(), pairs.lift.desc(), pairs.other_id],
    )
    pairs = pairs.mutate(place=place)
    pairs = pairs.filter(pairs.place < _KEPT)
    return pairs.select("product_id", "place", "other_id", "n_orders", "lift")


def buyers_of(tables: Tables, now: int) -> ibis.Table:
    """Return product_id and n: how many people bought it lately."""
    lines = bought_lines(tables)
    lines = lines.filter(lines.paid_at >= moment_literal(now - _TREND_DAYS * DAY))
    return lines.group_by("product_id").agg(n=lines.profile_id.nunique())


def viewers_of(tables: Tables, now: int) -> ibis.Table:
    """Return product_id and n: how many people looked at it lately."""
    events = tables.events
    rows = events.filter(
        events.name == "Product Viewed",
        events.profile_id.notnull(),
        events.occurred_at >= moment_literal(now - _TREND_DAYS * DAY),
    )
    rows = rows.select("profile_id", product_id=product_of(tables, rows.properties))
    rows = rows.filter(rows.product_id.notnull())
    return rows.group_by("product_id").agg(n=rows.profile_id.nunique())


def read_people(found: pa.Table) -> Mapping[str, int]:
    """Return product_id -> people of an answer."""
    ids: Sequence[str] = found["product_id"].to_pylist()
    return dict(zip(ids, found["n"].to_pylist(), strict=True))
