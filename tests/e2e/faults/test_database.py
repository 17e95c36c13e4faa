"""The database goes away and comes back: a clear answer meanwhile, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.faults.served import Served, Shop, until

from huiliu.stores import embedded
from huiliu.stores.embedded import Embedded


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Embedded]:
    """Run a PostgreSQL that is the operator's own."""
    server = embedded.start(tmp_path / "own-postgres")
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def beside(database: Embedded, tmp_path: Path) -> Iterator[Served]:
    """Run an instance on that PostgreSQL."""
    instance = Served(tmp_path / "shop", {"HUILIU_DATABASE_URL": database.url})
    try:
        instance.start()
        yield instance
    finally:
        instance.end()


def test_a_database_that_is_gone_is_answered_with_503_until_it_is_back(
    beside: Served, database: Embedded
) -> None:
    """No process of Huiliu has to be started again."""
    before = beside.pids()
    with Shop(beside.port, beside.write_key()) as shop:
        shop.await_acknowledged(200)
        database.stop()
        until(lambda: beside.get("/readyz") == 503, "readyz says so")
        alive = beside.get("/healthz")
        n_retries = shop.n_retries
        until(lambda: shop.n_retries > n_retries, "the shop is told to try again")
        database.start()
        until(beside.is_ready, "events can be taken again")
        shop.await_acknowledged(200)

    assert alive == 200
    assert beside.pids() == before
    with beside.house() as house:
        house.catch_up(180)
        rows = house.world.warehouse.sql(
            "select count(*) as n from events where event = 'Order Paid'"
        ).to_pylist()
    assert rows == [{"n": len(shop.acknowledged)}]


def test_with_a_database_of_your_own_no_postgresql_is_started(beside: Served) -> None:
    """`database_url` says where everything is kept."""
    assert "postgres" not in beside.pids()
    assert not beside.folder.postgres.exists()
