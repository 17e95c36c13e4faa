"""How long a page of a report takes, from the request to the last letter, on 20 M events.

Each page goes the whole way that a browser's does, over HTTP on this machine: session, permission,
Ibis, SQL, the analyst's socket, DuckDB, Arrow, chart option, template. The pages are those of every
metric of the catalogue over the last four weeks, the costs and returns of channels, and the tiles
of the live board. The floor is bare DuckDB: one careful statement for what most of them ask, orders
and what was paid by day and channel.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb
import httpx

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.serving import web
from huiliu.benches.shop import make_shop
from huiliu.metrics import METRICS
from huiliu.services.add_user import NewUser, add_user
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.server import Server

__all__ = ["run"]

_SIZES: Final = {"small": (25_000, 500_000), "full": (1_000_000, 20_000_000)}
_BRAND: Final = 1
_REPEATS: Final = 2
_PATIENCE_S: Final = 120.0
_SLOWEST: Final = 8
_EMAIL, _WORD = "bench@shop.example", "a long enough pass phrase"
_BARE: Final = """
select day, channel, sum(total), count(*) from (
    select order_id, arg_max(total, position) filter (where total is not null) as total,
        arg_max(channel, position) filter (where channel is not null) as channel,
        (min(occurred_at) filter (where name = 'Order Paid'))::date as day,
        bool_or(name in ('Order Cancelled', 'Order Refunded')) as undone
    from facts.order_told
    where name in ('Order Created', 'Order Paid', 'Order Cancelled', 'Order Refunded')
    group by order_id
) where day >= current_date - 28 and not undone group by day, channel
"""


def run(size: Size, place: Place) -> Measured:
    """Return the 95th percentile of a page in milliseconds."""
    n_people, n_events = _SIZES[size]
    file = place.root / "shop.duckdb"
    with place.house() as house:
        make_shop(file, n_people, n_events, house.world.clock.now())
        add_user(house.world, _BRAND, NewUser(_EMAIL, "bench", _WORD, "admin", "en"))
        warehouse = DuckdbWarehouse(file, house.store, house.settings.duckdb_memory)
        server = Server(warehouse, house.folder.data)
        try:
            with web(house.folder.root) as port:
                took = _visit(f"http://127.0.0.1:{port}")
        finally:
            server.close()
            warehouse.close()
    bare = _bare_ms(file)
    every = [one for each in took.values() for one in each]
    slowest = sorted(took, key=lambda page: -_percentile(took[page], 50))[:_SLOWEST]
    details = {
        "size": {"people": n_people, "events": n_events, "pages": len(took), "visits": len(every)},
        "median_ms": round(_percentile(every, 50), 1),
        "bare_median_ms": round(_percentile(bare, 50), 1),
        "slowest_median_ms": {page: round(_percentile(took[page], 50), 1) for page in slowest},
    }
    return Measured(_percentile(every, 95), _percentile(bare, 95), details)


def _visit(address: str) -> Mapping[str, list[float]]:
    """Return page -> how long each visit after the first took, in milliseconds."""
    pages = [f"/figures/{name}" for name in METRICS]
    pages += ["/costs/table", "/live-board/tiles?minutes=60", "/live-board/tiles?minutes=1440"]
    took: dict[str, list[float]] = {}
    with httpx.Client(base_url=address, timeout=_PATIENCE_S) as browser:
        token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/sign-in").text)
        assert token is not None
        browser.post("/sign-in", data={"csrf": token[1], "email": _EMAIL, "password": _WORD})
        for page in pages:
            took[page] = []
            for nth in range(_REPEATS + 1):
                began = time.perf_counter()
                answer = browser.get(page)
                assert answer.status_code == httpx.codes.OK, (page, answer.status_code)
                if nth:
                    took[page].append((time.perf_counter() - began) * 1000)
    return took


def _bare_ms(file: Path) -> list[float]:
    """Return how long the bare statement took each time after the first."""
    took = []
    with duckdb.connect(str(file), read_only=True) as connection:
        for nth in range(_REPEATS + 1):
            began = time.perf_counter()
            connection.execute(_BARE).fetchall()
            if nth:
                took.append((time.perf_counter() - began) * 1000)
    return took


def _percentile(values: list[float], percent: int) -> float:
    """Return the value that so many percent of the values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
