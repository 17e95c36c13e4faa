"""How long a quarter's white paper takes: every section's questions, charts and pages, as a file.

It goes the whole way that the command goes: Ibis, SQL, the analyst's socket, DuckDB, PostgreSQL,
ECharts and typst. One event in ten is a message's, on three channels and of twelve journeys.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.population import DAYS, make_population
from huiliu.kernel.events import ORDER_EVENTS
from huiliu.kernel.queries import queries
from huiliu.kernel.times import DAY, HOUR, as_datetime, as_instant
from huiliu.ports.world import World
from huiliu.reports.quarter import Quarter
from huiliu.services.white_paper import white_paper
from huiliu.stores.clock import SimulatedClock
from huiliu.warehouses.client import SocketWarehouse
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.server import Server

__all__ = ["run"]

_SIZES: Final = {"small": (300_000, 6_000_000), "full": (1_000_000, 20_000_000)}
#: The size that the bar speaks of, and by how much less the rate is measured beside it. Of both
#: small ones about as many people are followed as of the whole: what grows is all else.
_WHOLE: Final = 20_000_000
_LESS: Final = 3
_BRAND: Final = 1
_QUARTER: Final = Quarter(2026, 3)
#: When the quarter ends in Shanghai.
_END: Final = as_instant("2026-09-30T16:00:00Z") or 0
_REPEATS: Final = {"small": 2, "full": 3}
_MESSAGES: Final = """
insert into facts.events
select 1, $past + i, name, name, 'internal', 1 + (hash(i // 4, 3) % $n_people)::bigint * 7919,
    at_, at_, at_, 0,
    ('{"message_id":"m' || i // 4 || '","journey":"j' || (i // 4) % 12 || '"}')::json,
    ['sms', 'email', 'wechat_official'][(1 + (i // 4) % 3)::integer], null
from (
    select i, $began + to_microseconds(((i // 4) * 4 * $step)::bigint) as at_,
        case i % 4 when 0 then 'Message Sent' when 1 then 'Message Delivered'
            when 2 then 'Message Opened' else 'Message Clicked' end as name
    from range($n) t(i)
    where i % 4 < 2 or hash(i, 11) % 100 < 20
)
order by name, i
"""
_ORDERS: Final = "create temp view staged as select * from facts.events where name like 'Order %'"


def run(size: Size, place: Place) -> Measured:
    """Return the seconds that a white paper takes on 20 million events."""
    (n_people, n_events), repeats = _SIZES[size], _REPEATS[size]
    with place.house(SimulatedClock(_END + 12 * HOUR)) as house:
        seconds, told = _timed(house.world, place.root, n_people, n_events, repeats)
        details: dict[str, object] = {
            "size": {"people": n_people, "events": n_events}, "seconds_measured": round(seconds, 2),
            **told,
        }  # fmt: skip
        if size == "full":
            return Measured(seconds, details=details)
        less, _ = _timed(house.world, place.root, n_people // _LESS, n_events // _LESS, repeats)
    # What each further event costs, as the two sizes tell it; noise is never taken as a gain.
    rate = max(0.0, seconds - less) / (n_events - n_events // _LESS)
    details |= {"seconds_of_a_third_of_it": round(less, 2), "scaled_to_events": _WHOLE}
    return Measured(seconds + rate * (_WHOLE - n_events), details=details)


def _timed(
    world: World, root: Path, n_people: int, n_events: int, repeats: int
) -> tuple[float, dict[str, object]]:
    """Return the median seconds of one paper on a population of a size, and what it was."""
    file = root / f"population-{n_events}.duckdb"
    make_population(file, n_people, n_events - n_events // 10, _END)
    _put_messages(file, n_people, n_events)
    _put_orders(file)
    warehouse = DuckdbWarehouse(file, world.store, "2GB")
    server = Server(warehouse, root)
    here = replace(world, warehouse=SocketWarehouse(root))
    took, written, made = [], [], b""
    try:
        for _ in range(repeats):
            began = time.perf_counter()
            paper = white_paper(here, _BRAND, _QUARTER, "zh-CN")
            written.append(time.perf_counter() - began)
            again = world.press.print(paper)
            took.append(time.perf_counter() - began)
            assert again == made or not made, "the same data made another file"
            made = again
    finally:
        server.close()
        warehouse.close()
    # Of two the slower one.
    middle = repeats // 2
    told = {"seconds_of_questions": round(sorted(written)[middle], 2), "bytes": len(made),
            "blocks": sum(len(section.blocks) for section in paper.sections)}  # fmt: skip
    return sorted(took)[middle], dict(told)


def _put_messages(file: Path, n_people: int, n_events: int) -> None:
    """Add messages and what became of them, one event in ten of all."""
    n = n_events // 10
    began = as_datetime(_END - DAYS * DAY).replace(tzinfo=None)
    with duckdb.connect(str(file)) as connection:
        connection.execute(_MESSAGES, {
            "n_people": n_people, "began": began, "n": n, "past": n_events,
            "step": DAYS * DAY / n,
        })  # fmt: skip


def _put_orders(file: Path) -> None:
    """Fill the orders that reports on buyers read, with the words that load them."""
    with duckdb.connect(str(file)) as connection:
        connection.execute(_ORDERS)
        load = queries("warehouses", "load")["orders"]
        connection.execute(load, {"names": list(ORDER_EVENTS)})
        connection.execute("drop view staged")
