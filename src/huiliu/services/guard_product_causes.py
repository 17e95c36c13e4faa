"""Where shopping fell: for which stock and prices, where, and on what."""

from __future__ import annotations

import itertools
import os
from typing import Final

import ibis
import pyarrow as pa

from huiliu.governance.channel_guard import BASELINE_DAYS
from huiliu.governance.funnel import FunnelCell, drill_funnel
from huiliu.kernel.times import DAY
from huiliu.ports.guard import SuspectRow
from huiliu.ports.world import World
from huiliu.reports.guard_products import (
    PRODUCT_DIMENSIONS,
    STEPS,
    Views,
    case_cells,
    cases,
    price_edges,
)

__all__ = ["product_causes"]

_MOST_SUSPECTS: Final = 3
#: Products whose stock is looked up, the most seen first.
_MOST_PRODUCTS: Final = 20_000
_NUMBERS: Final = itertools.count(1)


def product_causes(  # noqa: PLR0913 - whose views, since when they fell, and at which step
    world: World,
    brand_id: int,
    since: int,
    *,
    within: int,
    step: str,
    sent: ibis.Table | None = None,
    channel: str = "",
) -> list[SuspectRow]:
    """Return where what people did with products fell, the best explanation first.

    Args:
        world: the instance.
        brand_id: whose people.
        since: the first instant of the fall.
        within: what they did with a product within so long after they saw it counts.
        step: cart or pay.
        sent: only after these messages: profile_id, sent_at; None = all views.
        channel: only what was seen there; "" = anywhere.
    """
    now = world.clock.now()
    tables = world.warehouse.population(brand_id)
    asked = Views(
        tables, since - BASELINE_DAYS * DAY, now + 1, within, sent=sent, channel=channel
    )  # fmt: skip
    prefix = f"guard-{brand_id}-{os.getpid()}-products-{next(_NUMBERS)}"
    names = [f"{prefix}-stock", f"{prefix}-cases"]
    stocked = world.warehouse.keep(names[0], _stock(world, brand_id, tables.events))
    try:
        rows = world.warehouse.keep(names[1], cases(asked, stocked))
        (edges,) = world.warehouse.run(price_edges(rows)).to_pylist()
        parted = None if edges["low"] is None else (edges["low"], edges["high"])
        found = world.warehouse.run(case_cells(rows, since, parted)).to_pylist()
    finally:
        world.warehouse.let_go(names)
    steps = STEPS[: STEPS.index(step) + 1]
    nothing = tuple(0.0 for _ in range(len(steps) + 1))
    halves: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for row in found:
        key = tuple(str(row[name]) for name in PRODUCT_DIMENSIONS)
        counted = (float(row["send"]), *(float(row[one]) for one in steps))
        halves.setdefault(key, [nothing, nothing])[1 if row["after"] else 0] = counted
    cells = [
        FunnelCell(dict(zip(PRODUCT_DIMENSIONS, key, strict=True)), before, after)
        for key, (before, after) in halves.items()
    ]
    if not any(one.before[0] for one in cells) or not any(one.after[0] for one in cells):
        return []
    return [
        SuspectRow(one.step, dict(one.suspect.where), one.suspect.score, one.suspect.expected,
                   one.suspect.seen, one.suspect.share)
        for one in drill_funnel(cells, ("send", *steps), _MOST_SUSPECTS)
    ]  # fmt: skip


def _stock(world: World, brand_id: int, events: ibis.Table) -> pa.Table:
    """Return product_id and the pieces that are left of those seen most, as the catalogue says."""
    tables = world.warehouse.population(brand_id)
    rows = events.filter(events.name == "Product Viewed")
    rows = rows.select(product=tables.cell(rows.properties, ("product_id",)).text())
    rows = rows.filter(rows["product"].notnull())
    counted = rows.group_by("product").agg(n=rows.count())
    ordered = counted.order_by(counted.n.desc(), counted["product"])
    most = world.warehouse.run(ordered.limit(_MOST_PRODUCTS))
    with world.store.transaction(brand_id) as tx:
        known = tx.products.get(brand_id, [str(one) for one in most["product"].to_pylist()])
    held = {name: one.stock for name, one in known.items() if one.stock is not None}
    return pa.table(
        {
            "product_id": pa.array(list(held), pa.string()),
            "pieces": pa.array(list(held.values()), pa.int64()),
        }
    )
