"""A real standalone cluster answers, also when one of its workers is killed in the middle."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.spark import ON_SPARK, SMALL, Cluster, cluster
from tests.integration.people import NOW, event, log, project_all

from huiliu.conditions import compile_condition, parse
from huiliu.ports.world import World
from huiliu.warehouses.spark.session import Spark
from huiliu.warehouses.spark.warehouse import SparkWarehouse

pytestmark = [*ON_SPARK, pytest.mark.trial]

_PATIENCE_S = 300.0
#: Long enough to be killed in, and counted by the people's own rows.
_LONG = (
    "select profile_id, count(*) as n, sum(cast(sha2(cast(position * r.id as string), 256)"
    " like 'a%' as int)) as a from events cross join range(0, 60000, 1, 8) r group by profile_id"
)


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[Cluster]:
    """Lend a master and two workers."""
    with cluster(tmp_path / "cluster") as running:
        yield running


def test_a_worker_is_killed_in_the_middle_and_the_answer_still_comes(
    world: World, tmp_path: Path, two_workers: Cluster
):
    """Kill -9 of a worker and its executor: what it held is computed again by the other."""
    log(world, *(event(f"user_id:{n}", properties={"n": n}) for n in range(40)))
    project_all(world)
    # The cluster is asked as one would in production: compiled, and planned as it runs.
    options = {name: value for name, value in SMALL.items() if "codegen" not in name}
    spark = Spark(two_workers.master, tmp_path / "scratch", options)
    warehouse = SparkWarehouse(tmp_path / "facts", world.store, spark)
    try:
        warehouse.catch_up(60)
        asked = replace(world, warehouse=warehouse)
        condition = parse({"did": "Product Viewed", "where": [{"property": "n", "below": 7}]}, "w")
        assert not isinstance(condition, tuple)
        met = compile_condition(condition, asked.warehouse.population(1), NOW)
        assert len(asked.warehouse.run(met)) == 7

        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(warehouse.sql(_LONG)))
        asking.start()
        _await_half(spark)
        two_workers.kill(0)
        asking.join(_PATIENCE_S)

        [rows] = answers
        assert len(rows) == 40
        assert set(rows["n"].to_pylist()) == {60_000}
        assert len(asked.warehouse.run(met)) == 7
    finally:
        warehouse.close()
        spark.close()


def _await_half(spark: Spark) -> None:
    """Return when some tasks of a question are done and others are under way."""
    tracker = spark.session().sparkContext.statusTracker()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        for stage_id in tracker.getActiveStageIds():
            stage = tracker.getStageInfo(stage_id)
            if stage and stage.numTasks >= 4 and stage.numCompletedTasks and stage.numActiveTasks:
                return
        time.sleep(0.02)
    raise AssertionError("the question was never half done")
