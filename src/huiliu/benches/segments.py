"""How long a live count of a segment takes, and how long a hundred segments take to refresh.

Each count goes the whole way that the console's goes: document, Ibis, SQL, the analyst's socket,
DuckDB, Arrow. The floor is DuckDB asked by hand: no present profiles, no JSON of unknown type.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.population import make_population
from huiliu.conditions import Condition, compile_condition, parse
from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.services import audience
from huiliu.stores.clock import SimulatedClock
from huiliu.warehouses.client import SocketWarehouse
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.server import Server

__all__ = ["run"]

_SIZES: Final = {"small": (100_000, 2_000_000), "full": (1_000_000, 20_000_000)}
_NOW: Final = as_instant("2026-11-22T04:00:00Z") or 0
_BRAND: Final = 1
_REPEATS: Final = 3
_SEGMENTS: Final = 100

#: A question as a marketer says it, and as a careful person would write it for this file.
_QUESTIONS: Final = (
    ({"trait": "city", "is": "上海"},
     "select count(*) from facts.latest_traits where trait = 'city' and value = '\"上海\"'"),
    ({"trait": "age", "at_least": 30, "below": 40},
     ("select count(*) from facts.latest_traits where trait = 'age'"
     " and value::varchar::double >= 30 and value::varchar::double < 40")),
    ({"trait": "city", "not_in": ["上海", "北京"]},
     ("select count(*) from facts.latest_traits where trait = 'city'"
     " and value not in ('\"上海\"', '\"北京\"')")),
    ({"all": [{"trait": "vip", "is": True}, {"trait": "age", "below": 25}]},
     ("select count(*) from facts.latest_traits where trait = 'vip' and value = 'true'"
     " and profile_id in (select profile_id from facts.latest_traits where trait = 'age'"
     " and value::varchar::double < 25)")),
    ({"all": [{"did": "Product Viewed", "within": "7d"},
              {"did_not": "Order Paid", "within": "7d"}]},
     ("select count(distinct profile_id) from facts.events where name = 'Product Viewed'"
     " and occurred_at > $now - interval 7 days and profile_id not in (select profile_id from"
     " facts.events where name = 'Order Paid' and occurred_at > $now - interval 7 days)")),
    ({"did": "Order Paid", "at_least": 2, "within": "30d"},
     ("select count(*) from (select profile_id from facts.events where name = 'Order Paid'"
     " and occurred_at > $now - interval 30 days group by 1 having count(*) >= 2)")),
    ({"did": "Order Paid", "at_least": 2},
     ("select count(*) from (select profile_id from facts.events where name = 'Order Paid'"
     " group by 1 having count(*) >= 2)")),
    ({"all": [{"did": "Order Paid"}, {"did_not": "Order Paid", "within": "30d"}]},
     ("select count(*) from (select profile_id from facts.events where name = 'Order Paid'"
     " group by 1 having max(occurred_at) <= $now - interval 30 days)")),
    ({"did": "Product Viewed", "at_least": 3, "within": "7d"},
     ("select count(*) from (select profile_id from facts.events where name = 'Product Viewed'"
     " and occurred_at > $now - interval 7 days group by 1 having count(*) >= 3)")),
    ({"did_not": "App Opened", "within": "14d"},
     ("select count(*) from facts.present where profile_id not in (select profile_id from"
     " facts.events where name = 'App Opened' and occurred_at > $now - interval 14 days)")),
    ({"did": "Order Paid", "within": "30d", "where": [{"property": "total", "above": 900}]},
     ("select count(distinct profile_id) from facts.events where name = 'Order Paid' and"
     " occurred_at > $now - interval 30 days"
     " and json_extract_string(properties, '$.total')::double > 900")),
    ({"did": "Product Viewed", "within": "7d", "where": [{"property": "category", "is": "c3"}]},
     ("select count(distinct profile_id) from facts.events where name = 'Product Viewed' and"
     " occurred_at > $now - interval 7 days"
     " and json_extract_string(properties, '$.category') = 'c3'")),
    ({"any": [{"did": "Order Created", "at_least": 5}, {"trait": "vip", "is": True}]},
     ("select count(*) from facts.present where profile_id in (select profile_id from"
     " facts.events where name = 'Order Created' group by 1 having count(*) >= 5) or profile_id"
     " in (select profile_id from facts.latest_traits where trait = 'vip' and value = 'true')")),
    ({"all": [{"trait": "city", "in": ["上海", "北京"]},
              {"did": "Product Added", "within": "3d"}, {"did_not": "Order Paid", "within": "3d"}]},
     ("select count(distinct profile_id) from facts.events where name = 'Product Added'"
     " and occurred_at > $now - interval 3 days and profile_id in (select profile_id from"
     " facts.latest_traits where trait = 'city' and value in ('\"上海\"', '\"北京\"'))"
     " and profile_id not in (select profile_id from facts.events where name = 'Order Paid'"
     " and occurred_at > $now - interval 3 days)")),
    ({"did": "Page Opened", "at_least": 10, "within": "30d"},
     ("select count(*) from (select profile_id from facts.events where name = 'Page Opened'"
     " and occurred_at > $now - interval 30 days group by 1 having count(*) >= 10)")),
)  # fmt: skip


def run(size: Size, place: Place) -> Measured:
    """Return the 95th percentile of live counts in milliseconds."""
    n_people, n_events = _SIZES[size]
    file = place.root / "population.duckdb"
    make_population(file, n_people, n_events, _NOW)
    with place.house(SimulatedClock(_NOW)) as house:
        warehouse = DuckdbWarehouse(file, house.store, house.settings.duckdb_memory)
        server = Server(warehouse, place.root)
        world = replace(house.world, warehouse=SocketWarehouse(place.root))
        try:
            live = _timed(world)
            refresh_s = _refresh_s(world)
        finally:
            server.close()
            warehouse.close()
    bare, answers = _bare(file)
    differing = [n for n, _ in enumerate(_QUESTIONS) if answers[n] != live[1][n]]
    details = {
        "size": {"people": n_people, "events": n_events, "questions": len(_QUESTIONS)},
        "median_ms": round(_percentile(live[0], 50), 1),
        "bare_median_ms": round(_percentile(bare, 50), 1),
        "refresh_seconds": round(refresh_s, 2), "refresh_segments": _SEGMENTS, "refresh_bar": 10,
        "answers_that_differ": len(differing),
    }  # fmt: skip
    return Measured(_percentile(live[0], 95), _percentile(bare, 95), details)


def _condition(where: object) -> Condition:
    """Return the condition of a tree that is known to be good."""
    found = parse(where, "where")
    assert not isinstance(found, tuple), found
    return found


def _timed(world: World) -> tuple[list[float], list[int]]:
    """Return how long each live count took, in milliseconds, and the counts."""
    took: list[float] = []
    counts: list[int] = []
    for where, _ in _QUESTIONS:
        condition = _condition(where)
        took += _times(partial(audience.count, world, _BRAND, condition))
        counts.append(audience.count(world, _BRAND, condition))
    return took, counts


def _bare(file: Path) -> tuple[list[float], list[int]]:
    """Return the same of the questions as written by hand."""
    took: list[float] = []
    counts: list[int] = []
    with duckdb.connect(str(file)) as connection:
        for _, statement in _QUESTIONS:
            written = statement.replace("$now", "timestamp '2026-11-22 04:00:00'")
            took += _times(partial(_ask, connection, written))
            counts += [int(row[0]) for row in connection.execute(written).fetchall()]
    return took, counts


def _ask(connection: duckdb.DuckDBPyConnection, statement: str) -> object:
    """Return the rows of a statement."""
    return connection.execute(statement).fetchall()


def _refresh_s(world: World) -> float:
    """Return how long it takes to ask for the members of many segments, no two the same."""
    began = time.perf_counter()
    for number in range(_SEGMENTS):
        days = f"{1 + number % 30}d"
        name = ("Order Paid", "Order Created", "Product Added", "App Opened")[number % 4]
        where = {
            "all": [{"did": name, "at_least": 1 + number % 3, "within": days},
                    {"trait": "age", "at_least": 20 + number % 40}]
        }  # fmt: skip
        tables = world.warehouse.population(_BRAND)
        world.warehouse.run(compile_condition(_condition(where), tables, _NOW))
    return time.perf_counter() - began


def _times(ask: Callable[[], object]) -> list[float]:
    """Return how long a question took each time after the first, in milliseconds."""
    ask()
    took = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return took


def _percentile(values: list[float], percent: int) -> float:
    """Return the value that so many percent of the values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
