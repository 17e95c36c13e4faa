"""Every view is the same on every engine, however its facts were loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.contract.spark import ON_SPARK
from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all

from huiliu.kernel.errors import BadInput, EngineFailed
from huiliu.kernel.events import Kind
from huiliu.ports.world import World
from huiliu.services.ask import ask
from huiliu.services.unmerge import unmerge
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.engines import Owned
from huiliu.warehouses.spark.session import Spark
from huiliu.warehouses.spark.warehouse import SparkWarehouse
from huiliu.warehouses.views import VIEWS

pytestmark = ON_SPARK


@pytest.fixture
def on_spark(world: World, tmp_path: Path, spark: Spark) -> Iterator[SparkWarehouse]:
    """Give files of their own, asked through the Spark of all tests."""
    warehouse = SparkWarehouse(tmp_path / "facts", world.store, spark)
    try:
        yield warehouse
    finally:
        warehouse.close()


@pytest.fixture
def on_duckdb(world: World, tmp_path: Path) -> Iterator[DuckdbWarehouse]:
    """Give a file of its own."""
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb", world.store, "500MB")
    try:
        yield warehouse
    finally:
        warehouse.close()


def contents(world: World, warehouse: Owned) -> dict[str, list[bytes]]:
    """Return every row of every view, in an order that does not depend on the engine."""
    asked = replace(world, warehouse=warehouse)
    found = {}
    for view, columns in VIEWS.items():
        if view == "trait_changes":
            # Which of the same words of a context are kept depends on the batches.
            continue
        rows = ask(asked, f"select {', '.join(columns)} from {view}").as_objects()
        plain = (msgspec.json.decode(msgspec.json.encode(row)) for row in rows)
        found[view] = sorted(msgspec.json.encode(row, order="sorted") for row in plain)
    return found


def internal(name: str, profile: int, **properties: object):
    """Return an event of Huiliu itself."""
    return event(name=name, kind=Kind.INTERNAL, profile_id=profile, properties=properties)


def live(world: World) -> None:
    """Log a bit of everything, with merges and unmerges, so that every view has rows."""
    for n in range(24):
        log(
            world,
            event(f"anonymous_id:{n}", name="Product Viewed", at=NOW - n,
                  properties={"n": n, "words": 'é\n"\\\u2028😀', "deep": [{"a": None}, 1e300]}),
            identify(f"user_id:{n % 7}", at=NOW - n, **{"city": f"city {n % 3}", 'q"\\': [1]}),
            event(f"user_id:{n % 7}", f"anonymous_id:{n}", name="Order Created", at=NOW - n * 2,
                  properties={"order_id": f"o{n % 5}", "total": n + 0.125, "currency": "CNY",
                              "promised_at": "2026-12-01T08:00:00+08:00"},
                  context={"timezone": "Asia/Shanghai", "channel": "app"}),
            event(f"user_id:{n % 7}", name="Order Paid", properties={"order_id": f"o{n % 3}"}),
        )  # fmt: skip
        if n == 15:
            project_all(world)
            unmerge(world, BRAND, person(world, "user_id:3"))
    project_all(world)
    ada = person(world, "user_id:1")
    log(
        world,
        internal("Message Sent", ada, message_id="m1", channel="sms", template="t", journey="j"),
        internal("Message Delivered", ada, message_id="m1"),
        internal("Segment Entered", ada, segment="s"),
        internal("Segment Entered", person(world, "user_id:2"), segment="s"),
        internal("Segment Exited", person(world, "user_id:2"), segment="s"),
    )
    project_all(world)


def test_every_view_is_the_same_on_both_engines(
    world: World, on_spark: SparkWarehouse, on_duckdb: DuckdbWarehouse
):
    """Loaded by sevens with files made one of many, row for row what DuckDB loaded at once."""
    live(world)
    while on_spark.step(7):
        pass
    on_duckdb.catch_up(30)

    right = contents(world, on_duckdb)
    assert contents(world, on_spark) == right
    assert len(right["events"]) > 90
    assert [view for view, rows in right.items() if not rows] == ["tags", "journey_steps"]


@pytest.mark.trial
def test_a_rebuild_replays_into_the_same_content(world: World, on_spark: SparkWarehouse):
    """Every view is the same row for row, merges and unmerges included."""
    live(world)
    on_spark.catch_up(30)
    before = contents(world, on_spark)

    on_spark.rebuild()

    assert contents(world, on_spark) == before


@pytest.mark.parametrize(
    "statement",
    [
        "insert into events values (1)", "select 1; select 2", "", "selec 1",
        "create table x (a int)", "set spark.sql.ansi.enabled = true", "drop view events",
        "select transform(1) using 'cat'", "from (select 1 as a) insert into y select a",
        "with x as (select 1) insert into y select * from x", "cache table events",
        "begin select 1; end",
    ],
)  # fmt: skip
def test_what_is_no_single_question_is_refused(on_spark: SparkWarehouse, statement: str):
    """Only one SELECT is let through, by Spark's own parser."""
    with pytest.raises(BadInput):
        on_spark.sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from parquet.`/etc/passwd`",
        "select * from text.`/etc/hostname`",
        "select reflect('java.lang.System', 'getProperty', 'user.home')",
        "select java_method('java.lang.System', 'getProperty', 'user.home')",
        "select try_reflect('java.lang.System', 'getProperty', 'user.home')",
        "select nothing from events",
    ],
)
def test_a_question_reaches_views_only(on_spark: SparkWarehouse, statement: str):
    """Neither files nor the code of the driver; the statement is named."""
    with pytest.raises(EngineFailed) as caught:
        on_spark.sql(statement)
    assert caught.value.statement == statement
