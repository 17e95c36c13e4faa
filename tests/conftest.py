"""What every test may ask for: a PostgreSQL, a fresh database, a still clock, a world."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.stores import embedded
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.embedded import Embedded
from huiliu.stores.migrate import create_database, ensure_partitions, migrate
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

#: The brand of every test that does not need two.
BRAND = 1
#: When every test takes place: a Sunday noon in Shanghai.
NOW = as_instant("2026-11-22T04:00:00Z") or 0

_SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
_TEMPLATE = "huiliu_template"
_numbers = count(1)

# What a property holds for does not depend on how busy a machine is, nor on what an earlier run
# on it found; the same examples are tried wherever the tests run.
settings.register_profile(
    "huiliu", deadline=None, derandomize=True, database=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("huiliu")
# Hypothesis also draws constants of the modules that are imported by then, which is chance.
setattr(providers, "_get_local_constants", Constants)  # noqa: B010 - not meant to be set


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say in which order a run that failed ran its tests: `-q` hides what would tell it again."""
    if exitstatus:
        seed = config.getoption("randomly_seed", None)
        terminalreporter.write_line(f"the same order again: -p randomly --randomly-seed={seed}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what reads the shared data sets where they are absent, and say so in one line."""
    if _SHARED_DATA.is_dir():
        return
    absent = [item for item in items if item.get_closest_marker("shared_data")]
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]
        print(f"\n{len(absent)} tests left out: the shared data sets are not beside the checkout")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure: a test that did not run proves nothing."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined] # pluggy's result has no type here
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and a skip fails the run: {report.longrepr}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Embedded]:
    """Run one PostgreSQL for this pytest process; without fsync, as nothing in it must last."""
    folder = Path(tempfile.mkdtemp(prefix="huiliu-test-"))
    server = embedded.start(folder / "postgres", durable=False)
    create_database(server.url, _TEMPLATE)
    migrate(server.server_url(_TEMPLATE))
    ensure_partitions(server.server_url(_TEMPLATE), NOW)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(postgres: Embedded) -> Iterator[str]:
    """Give a fresh database that has the whole schema."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.server_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {_TEMPLATE}")
        yield postgres.server_url(name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def clock() -> SimulatedClock:
    """Stand at 2026-11-22T04:00:00Z until the test moves it."""
    return SimulatedClock(NOW)


@pytest.fixture
def secrets() -> InstanceSecrets:
    """Hold the instance key of every test."""
    return InstanceSecrets(bytes(range(32)))


@pytest.fixture
def store(
    database_url: str, secrets: InstanceSecrets, clock: SimulatedClock
) -> Iterator[PostgresStore]:
    """Open the store on the fresh database."""
    # Many threads share few connections, and a busy machine lets each of them wait its turn.
    opened = PostgresStore(database_url, secrets, clock, patience_s=60.0)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def world(store: PostgresStore, secrets: InstanceSecrets, clock: SimulatedClock) -> World:
    """Wire the store, clock and secrets; no channels, sources or warehouse."""
    from huiliu.messages.policy import rules_from

    return World(
        clock=clock,
        store=store,
        secrets=secrets,
        warehouse=None,  # type: ignore[arg-type] # tests that ask the warehouse bring their own
        providers={},
        sources={},
        public_url="https://huiliu.example",
        zone="Asia/Shanghai",
        policy=rules_from(4, "21:00", "08:00"),
    )
