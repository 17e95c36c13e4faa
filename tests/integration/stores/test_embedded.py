"""The embedded PostgreSQL: made once, found again, recovered after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from huiliu.kernel.errors import BadSetting, Unavailable
from huiliu.stores import embedded
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.embedded import Embedded
from huiliu.stores.migrate import claim_database, ensure_partitions, migrate, pending
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

NOW = 1_795_320_000_000_000


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder whose server is stopped at the end."""
    made = Path(tempfile.mkdtemp(prefix="huiliu-test-"))
    yield made / "postgres"
    Embedded(made / "postgres").stop()
    shutil.rmtree(made)


def use_until_gone(store: PostgresStore) -> None:
    """Ask again and again: backends live on for a moment after their postmaster's death."""
    while True:
        with store.system() as tx:
            tx.log.head()


def answers(server: Embedded) -> bool:
    """Say whether a query comes back."""
    with psycopg.connect(server.url) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def test_it_is_private_and_durable(folder: Path) -> None:
    """No network, a socket for its user only, fsync at every commit."""
    server = embedded.start(folder)

    with psycopg.connect(server.url) as connection:
        wanted = {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on",
                  "full_page_writes": "on"}  # fmt: skip
        for name, value in wanted.items():
            assert connection.execute(f"show {name}").fetchone() == (value,)
        (socket,) = connection.execute("show unix_socket_directories").fetchone() or ("",)
    assert stat.S_IMODE(Path(socket).stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_start_finds_the_running_server(folder: Path) -> None:
    """Also when several processes start it at the same time."""
    with ThreadPoolExecutor(4) as pool:
        pids = set(pool.map(lambda _: embedded.start(folder).pid, range(4)))

    assert len(pids) == 1
    assert embedded.find(folder) == Embedded(folder).url


def test_a_killed_server_is_recovered_with_all_it_had_committed(folder: Path) -> None:
    """The whole server is killed, then started: nothing is lost, nobody has to help."""
    server = embedded.start(folder)
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
    os.kill(server.pid, signal.SIGKILL)

    again = embedded.start(folder)

    with psycopg.connect(again.url) as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)


def test_a_pid_file_of_another_process_is_no_server(folder: Path) -> None:
    """After a reboot the old number may belong to anyone."""
    server = embedded.start(folder)
    pid_file = folder / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    assert embedded.find(folder) is None
    assert answers(embedded.start(folder))


def test_a_half_made_cluster_is_made_afresh(folder: Path) -> None:
    """A kill during the very first start leaves nothing that stands in the way."""
    (folder / "cluster.new").mkdir(parents=True)
    (folder / "cluster.new" / "PG_VERSION").write_text("18")

    assert answers(embedded.start(folder))


def test_a_long_path_gets_a_short_socket() -> None:
    """A socket's path has a limit that folders do not have."""
    made = Path(tempfile.mkdtemp(prefix="huiliu-test-"))
    deep = made / ("x" * 60) / ("y" * 60) / "postgres"
    try:
        assert answers(embedded.start(deep))
    finally:
        Embedded(deep).stop()
        shutil.rmtree(made)


def test_a_stopped_server_says_so(folder: Path) -> None:
    """Stopping twice is fine; asking for its address is not."""
    server = embedded.start(folder)
    server.stop()
    server.stop()

    assert not server.alive()
    with pytest.raises(Unavailable):
        _ = server.url


def test_migrating_again_changes_nothing(folder: Path) -> None:
    """Processes may start together; a newer schema than the program's is refused."""
    server = embedded.start(folder)
    assert pending(server.url) > 0
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [server.url] * 3))
    assert pending(server.url) == 0

    with psycopg.connect(server.url) as connection:
        connection.execute("update huiliu_version set version_num = '9999'")
    with pytest.raises(Unavailable, match="newer"):
        migrate(server.url)


def test_partitions_are_made_ahead_and_no_month_of_the_log_is_dropped(database_url: str) -> None:
    """A rebuild needs every month, and a clock that ran ahead must not cost one."""
    day = 86_400_000_000
    later = NOW + 400 * day

    assert ensure_partitions(database_url, NOW) == []
    dropped = ensure_partitions(database_url, later)

    with psycopg.connect(database_url) as connection:
        names = {
            str(name)
            for (name,) in connection.execute("select relname from pg_class where relkind = 'r'")
        }
    # 400 days after 2026-11-22 it is 2027-12-27.
    assert {"event_log_202610", "event_log_202611", "event_log_202712", "event_log_202802"} <= names
    assert all(name.startswith("event_keys_") for name in dropped)
    assert "event_keys_20778" in dropped


def test_a_clock_that_ran_ahead_costs_no_key_of_the_last_two_days(database_url: str) -> None:
    """The log says which day it is at, so a repeat is still found when the clock is mended."""
    today = NOW // 86_400_000_000
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("insert into event_keys values (%s, '\\x01')", (today,))

    dropped = ensure_partitions(database_url, NOW + 400 * 86_400_000_000)

    assert f"event_keys_{today}" not in dropped


def test_a_database_takes_no_second_instance_key(database_url: str) -> None:
    """Another key would hash everyone anew and open nothing in the vault."""
    claim_database(database_url, b"one")
    claim_database(database_url, b"one")

    with pytest.raises(BadSetting, match=r"instance\.key"):
        claim_database(database_url, b"another")


def test_a_store_survives_the_kill_of_its_server(folder: Path) -> None:
    """Unavailable while it is gone, at work again after it is back."""
    server = embedded.start(folder)
    migrate(server.url)
    store = PostgresStore(server.url, InstanceSecrets(bytes(32)), SimulatedClock(NOW))
    try:
        with store.system() as tx:
            assert tx.log.head() == 0
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(Unavailable):
            use_until_gone(store)
        embedded.start(folder)
        with store.system() as tx:
            assert tx.log.head() == 0
    finally:
        store.close()
