"""Starting and stopping: once, cleanly, and again after anything."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.e2e.faults.served import Served, Shop


def test_sigterm_under_load_ends_everything_and_loses_nothing(served: Served) -> None:
    """No process is left behind; what was not answered is sent again and stands once."""
    key = served.write_key()
    shop = Shop(served.port, key)
    with shop:
        shop.await_acknowledged(200)

        code = served.stop()

        left = served.pids()
        served.start()
    assert code == 0
    assert left == {}
    assert _orders(served) == sorted(shop.acknowledged)


def _orders(served: Served) -> list[str]:
    """Return the message of every payment that the warehouse has, sorted."""
    with served.house() as house:
        house.catch_up()
        rows = house.world.warehouse.sql(
            "select 'm-' || (properties->>'order_id') as id from events where event = 'Order Paid'"
        ).to_pylist()
    return sorted(str(row["id"]) for row in rows)


def test_a_second_serve_on_the_same_folder_is_refused_with_a_clear_error(served: Served) -> None:
    """Exit code 4, the folder and the other's process id; the first is not disturbed."""
    done = served.run("serve")

    assert done.returncode == 4
    assert str(served.pid) in done.stderr
    assert served.is_ready()


def test_a_second_role_beside_its_own_kind_is_refused(served: Served) -> None:
    """Two analysts on one warehouse file never both run."""
    done = served.run("serve", "--role", "analyst")

    assert done.returncode == 4


def test_a_port_that_is_taken_is_a_bad_setting_named_before_anything_starts(
    served: Served, tmp_path: Path
) -> None:
    """Exit code 78 and the port's number."""
    other = Served(tmp_path / "other")
    other.port = served.port
    done = other.run("serve", "--port", str(served.port))

    assert done.returncode == 78
    assert str(served.port) in done.stderr
    assert not (other.folder.postgres / "cluster").exists()


def test_commands_join_a_running_serve(served: Served) -> None:
    """`sql` and `doctor` ask the running processes, and see what has just been sent."""
    with Shop(served.port, served.write_key()) as shop:
        shop.await_acknowledged(100)

    done = served.run(
        "sql", "select count(*) as n from events where event = 'Order Paid'", "--json"
    )
    health = served.run("doctor", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"n": len(shop.acknowledged)}]
    assert {line["state"] for line in json.loads(health.stdout)} <= {"ok", "note"}


def test_commands_work_without_a_serve_and_leave_nothing_running(served: Served) -> None:
    """PostgreSQL and warehouse are started for the one command and stopped at its end."""
    served.stop()

    done = served.run(
        "sql", "select count(*) as n from events where event = 'Order Paid'", "--json"
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"n": 0}]
    assert served.pids() == {}


def test_metrics_tell_ingest_lag_and_outbox(served: Served) -> None:
    """Prometheus finds the counters that operators watch, and each has a value."""
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()

    told = {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")}
    assert {"huiliu_log_events_total", "huiliu_log_lag", "huiliu_token_lag_seconds"} <= told
    # Nothing is queued or sent yet, so these two have no rows: that they are known is all there is.
    assert any(line.startswith("# TYPE huiliu_outbox_depth ") for line in lines)
    assert any(line.startswith("# TYPE huiliu_provider_results ") for line in lines)
