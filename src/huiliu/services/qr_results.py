"""What codes brought lately: how often they were opened, by whom, and which orders followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from huiliu.kernel.times import DAY
from huiliu.ports.codes import QrCode
from huiliu.ports.world import World
from huiliu.reports.qr_codes import QrCounts, qr_orders, qr_people, read_qr
from huiliu.services.qr_codes import list_qr_codes

__all__ = ["LONGEST_DAYS", "ORDER_DAYS", "QrResult", "StoreResult", "by_store", "qr_results"]

LONGEST_DAYS: Final = 400
#: So long after a scan an order online counts for it.
ORDER_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class QrResult:
    """One code and what it brought."""

    code: QrCode
    #: What -> how often: seen, machine, scanned, expired, over, ended, early.
    counts: Mapping[str, int]
    brought: QrCounts


@dataclass(slots=True)
class StoreResult:
    """What the codes of one shop brought together."""

    store: str
    n_codes: int = 0
    n_scans: int = 0
    n_orders: int = 0
    revenue: dict[str, Decimal] | None = None


def qr_results(world: World, brand_id: int, days: int = 30) -> list[QrResult]:
    """Return codes with what they brought in the last days, the best first.

    Raises:
        Unavailable: the warehouse is away.
    """
    days = max(1, min(days, LONGEST_DAYS))
    now = world.clock.now()
    tables = world.warehouse.population(brand_id)
    people = world.warehouse.run(qr_people(tables, now - days * DAY))
    orders = world.warehouse.run(qr_orders(tables, now - days * DAY, ORDER_DAYS))
    brought = read_qr(people, orders)
    with world.store.transaction(brand_id) as tx:
        counted = tx.codes.counts(brand_id, now // DAY - days)
    counts: dict[int, dict[str, int]] = {}
    for (code_id, what), n in counted.items():
        counts.setdefault(code_id, {})[what] = n
    rows = [
        QrResult(code, counts.get(code.code_id, {}), brought.get(code.code_id, QrCounts()))
        for code in list_qr_codes(world, brand_id)
        if not code.ended_at or code.code_id in counts or code.code_id in brought
    ]
    return sorted(rows, key=lambda one: (-one.brought.n_orders, -one.brought.n_people,
                                         -one.code.code_id))  # fmt: skip


def by_store(rows: list[QrResult]) -> list[StoreResult]:
    """Return what the codes of each shop brought to the brand online, the best first."""
    found: dict[str, StoreResult] = {}
    for row in rows:
        if not row.code.store:
            continue
        one = found.setdefault(row.code.store, StoreResult(row.code.store, revenue={}))
        one.n_codes += 1
        one.n_scans += row.brought.n_scans
        one.n_orders += row.brought.n_orders
        for currency, amount in row.brought.revenue.items():
            assert one.revenue is not None
            one.revenue[currency] = one.revenue.get(currency, Decimal(0)) + amount
    return sorted(found.values(), key=lambda one: (-one.n_orders, -one.n_scans, one.store))
