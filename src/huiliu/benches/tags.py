"""How long it takes to compute every shipped tag anew, a day after it was computed first.

The way is the worker's: recipes yield Ibis, SQL goes over the analyst's socket, purchases are read
once, values are encoded, compared with those that stand, and written with their history. The floor
is bare DuckDB: one careful statement for each kind of aggregate, its rows counted and not kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from huiliu.benches.bare_tags import BARE
from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.shop import add_day, make_shop
from huiliu.bootstrap import House
from huiliu.kernel.times import DAY, as_instant
from huiliu.ports.world import World
from huiliu.services.apply_tag import apply_tags, shipped
from huiliu.services.refresh_tags import Refreshed, refresh_tags
from huiliu.stores.clock import SimulatedClock
from huiliu.warehouses.client import SocketWarehouse
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.server import Server

__all__ = ["run"]

_SIZES: Final = {"small": (100_000, 2_000_000), "full": (1_000_000, 20_000_000)}
_NOW: Final = as_instant("2026-11-22T04:00:00Z") or 0
_BRAND: Final = 1
#: What the engine may hold: with the rest of the process under the 3 GB of the bar.
_MEMORY: Final = "1800MB"
#: The bar speaks of so many tags.
_TAGS: Final = 30
_SLOWEST: Final = 5


def run(size: Size, place: Place) -> Measured:
    """Return the seconds of a daily refresh of the library, as if it had thirty tags."""
    n_people, n_events = _SIZES[size]
    file = place.root / "shop.duckdb"
    make_shop(file, n_people, n_events, _NOW)
    clock = SimulatedClock(_NOW)
    with place.house(clock) as house:
        with _asked(house, file, place.root) as world:
            apply_tags(world, _BRAND, list(shipped(world, _BRAND).values()), "bench")
            first, _ = _refreshed(world)
        n_more = add_day(file, n_people, n_events, _NOW)
        clock.advance(DAY)
        with _asked(house, file, place.root) as world:
            again, done = _refreshed(world)
    floor = _bare_s(file)
    slowest = sorted(done, key=lambda one: -one.took_us)[:_SLOWEST]
    details = {
        "size": {"people": n_people, "events": n_events, "of_the_day": n_more},
        "tags": len(done), "seconds_of_all_tags": round(again, 2),
        "first_time_seconds": round(first, 2),
        "values": sum(one.n_values for one in done),
        "changed": sum(one.n_changed for one in done),
        "slowest_seconds": {one.slug: round(one.took_us / 1e6, 2) for one in slowest},
        "faults": [one.slug for one in done if one.fault],
    }  # fmt: skip
    return Measured(again * _TAGS / len(done), floor, details)


@contextmanager
def _asked(house: House, file: Path, folder: Path) -> Iterator[World]:
    """Lend a world whose warehouse is the shop's, asked over its socket."""
    warehouse = DuckdbWarehouse(file, house.store, _MEMORY)
    server = Server(warehouse, folder)
    try:
        yield replace(house.world, warehouse=SocketWarehouse(folder))
    finally:
        server.close()
        warehouse.close()


def _refreshed(world: World) -> tuple[float, list[Refreshed]]:
    """Return the seconds of one refresh of all tags, and what became of each."""
    began = time.perf_counter()
    done = refresh_tags(world, _BRAND)
    return time.perf_counter() - began, done


def _bare_s(file: Path) -> float:
    """Return the seconds of the same aggregates by bare DuckDB."""
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"set memory_limit = '{_MEMORY}'")
        began = time.perf_counter()
        for statement in BARE:
            connection.execute(statement).fetchall()
        return time.perf_counter() - began
