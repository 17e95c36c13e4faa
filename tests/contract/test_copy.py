"""Facts move from one engine to the other and back, and go on following the log there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from tests.contract.spark import ON_SPARK
from tests.contract.test_views import contents, live
from tests.integration.people import BRAND, NOW, event, log, person, project_all

from huiliu.kernel.times import DAY
from huiliu.ports.tags import TagWriting
from huiliu.ports.world import World
from huiliu.warehouses.copying import copy_facts
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.engines import Owned
from huiliu.warehouses.spark.session import Spark
from huiliu.warehouses.spark.warehouse import SparkWarehouse

pytestmark = [*ON_SPARK, pytest.mark.trial]


@pytest.fixture
def on_spark(world: World, tmp_path: Path, spark: Spark) -> Iterator[SparkWarehouse]:
    """Give files of their own, asked through the Spark of all tests."""
    with closing(SparkWarehouse(tmp_path / "facts", world.store, spark)) as warehouse:
        yield warehouse


def write(warehouse: Owned, at: int, values: dict[int, float]) -> tuple[int, int]:
    """Write the values of a tag as a refresh does; return (people with one, changes)."""
    writing = TagWriting(brand_id=BRAND, tag="revenue", type="number", at=at, ttl=90 * DAY)
    rows = pa.table({
        "profile_id": pa.array(list(values), pa.int64()),
        "value": pa.array(list(values.values()), pa.float64()),
    })  # fmt: skip
    brought = warehouse.keep("brought", rows)
    encoded = warehouse.keep_values("encoded", writing, brought)
    written = warehouse.write_tag(writing, encoded)
    warehouse.let_go(["brought", "encoded"])
    return written.n_values, written.n_changed


def test_a_tag_is_written_alike_on_both_engines(
    world: World, on_spark: SparkWarehouse, tmp_path: Path
):
    """Values, rounding, changes and what was cleared are the same, row for row."""
    live(world)
    ada, bob, eve = (person(world, f"user_id:{n}") for n in (1, 2, 4))
    with closing(DuckdbWarehouse(tmp_path / "w.duckdb", world.store, "500MB")) as on_duckdb:
        each: tuple[Owned, ...] = (on_duckdb, on_spark)
        for warehouse in each:
            warehouse.catch_up(60)
            first = {ada: 12.3456789, bob: -0.0, eve: float("nan")}
            assert write(warehouse, NOW, first) == (2, 2)
            assert write(warehouse, NOW + DAY, {ada: 12.345679, eve: 7}) == (2, 2)
            assert write(warehouse, NOW + 2 * DAY, {ada: 12.3456794, eve: 7}) == (2, 0)
        right = contents(world, on_duckdb)
        assert len(right["tags"]) == 2
        assert contents(world, on_spark) == right
        changes = [one.tag_changes(BRAND, "revenue", (0, 0)).to_pydict() for one in each]
        assert changes[0] == changes[1]
        assert len(changes[0]["value"]) == 4


def test_facts_move_there_and_back_and_go_on_following(
    world: World, on_spark: SparkWarehouse, tmp_path: Path
):
    """Every view is the same after each move; what came meanwhile is loaded once."""
    live(world)
    with closing(DuckdbWarehouse(tmp_path / "first.duckdb", world.store, "500MB")) as first:
        first.catch_up(60)
        write(first, NOW, {person(world, "user_id:1"): 5.5})
        right = contents(world, first)

        copy_facts(first, on_spark)
        assert contents(world, on_spark) == right

    log(world, event("user_id:1", "anonymous_id:20", name="Order Paid"), event("user_id:new"))
    project_all(world)
    on_spark.catch_up(60)
    more = contents(world, on_spark)
    assert len(more["events"]) == len(right["events"]) + 2

    with closing(DuckdbWarehouse(tmp_path / "second.duckdb", world.store, "500MB")) as second:
        copy_facts(on_spark, second)
        assert contents(world, second) == more
        second.catch_up(60)
        assert contents(world, second) == more
