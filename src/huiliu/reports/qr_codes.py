"""What codes of the brand's own brought: people, and orders elsewhere than in the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal

__all__ = ["QrCounts", "qr_orders", "qr_people", "read_qr"]

SCANNED: Final = "QR Scanned"
_PAID: Final = "Order Paid"
#: Orders in a shop are no orders online.
_IN_STORE: Final = ("store", "pos")


@dataclass(slots=True)
class QrCounts:
    """What one code brought."""

    n_scans: int = 0
    n_people: int = 0
    #: Orders placed online by people whose last scan before was of this code.
    n_orders: int = 0
    n_buyers: int = 0
    #: Currency -> what they paid, in major units.
    revenue: dict[str, Decimal] = field(default_factory=dict)


def qr_people(tables: Tables, since: int) -> ibis.Table:
    """Return code, n_scans and n_people of scans from an instant on."""
    rows = _scans(tables, since)
    return rows.group_by("code").agg(n_scans=rows.count(), n_people=rows.profile_id.nunique())


def qr_orders(tables: Tables, since: int, within_days: int) -> ibis.Table:
    """Return code, currency, n_orders, n_buyers and revenue of orders that followed scans.

    An order counts for the last code that its buyer scanned in the days before it; orders in a
    shop do not count, and an order counts once however often it is told.
    """
    scans = _scans(tables, since)
    events = tables.events
    paid = events.filter(events.name == _PAID, events.occurred_at >= moment_literal(since))
    cell = tables.cell(paid.properties, ("order_id",))
    channel = tables.cell(paid.properties, ("channel",)).text().fill_null("")
    paid = paid.filter(channel.notin(list(_IN_STORE)))
    paid = paid.select(
        "profile_id", paid_at=paid.occurred_at, order_position=paid.position,
        order_id=ibis.coalesce(cell.text(), cell.number().cast("int64").cast("string")),
        total=tables.cell(paid.properties, ("total",)).number(),
        currency=tables.cell(paid.properties, ("currency",)).text().fill_null(""),
    )  # fmt: skip
    paid = paid.filter(paid.order_id.notnull())
    orders = paid.group_by("order_id").agg(
        buyer=paid.profile_id.argmax(paid.order_position), paid_at=paid.paid_at.min(),
        total=paid.total.argmax(paid.order_position),
        currency=paid.currency.argmax(paid.order_position),
    )  # fmt: skip
    both = orders.join(
        scans,
        [
            orders.buyer == scans.profile_id,
            scans.scanned_at <= orders.paid_at,
            scans.scanned_at >= orders.paid_at - ibis.interval(days=within_days),
        ],
    )
    last = both.group_by("order_id").agg(
        code=both.code.argmax(both.scanned_at), buyer=both.buyer.max(), total=both.total.max(),
        currency=both.currency.max(),
    )  # fmt: skip
    return last.group_by(["code", "currency"]).agg(
        n_orders=last.count(), n_buyers=last.buyer.nunique(), revenue=last.total.sum()
    )


def read_qr(people: pa.Table, orders: pa.Table) -> Mapping[int, QrCounts]:
    """Return code -> what it brought."""
    found: dict[int, QrCounts] = {}
    for row in people.to_pylist():
        found[int(row["code"])] = QrCounts(row["n_scans"], row["n_people"])
    for row in orders.to_pylist():
        one = found.setdefault(int(row["code"]), QrCounts())
        one.n_orders += row["n_orders"]
        one.n_buyers += row["n_buyers"]
        paid = Decimal(str(row["revenue"] or 0)).quantize(Decimal("0.01"))
        one.revenue[row["currency"]] = one.revenue.get(row["currency"], Decimal(0)) + paid
    return found


def _scans(tables: Tables, since: int) -> ibis.Table:
    """Return who scanned which code, and when."""
    events = tables.events
    rows = events.filter(events.name == SCANNED, events.occurred_at >= moment_literal(since))
    rows = rows.select(
        "profile_id", scanned_at=rows.occurred_at,
        code=tables.cell(rows.properties, ("code",)).number().cast("int64"),
    )  # fmt: skip
    return rows.filter(rows.code.notnull())
