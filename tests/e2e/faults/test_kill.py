"""Each process is killed with -9 under load: nothing acknowledged is lost, nothing stands twice."""

from __future__ import annotations

import pytest
from tests.e2e.faults.served import Served, Shop, until


def test_a_killed_process_comes_back_and_nothing_acknowledged_is_lost(served: Served) -> None:
    """The supervisor starts it again; the shop's retries add nothing twice."""
    with Shop(served.port, served.write_key(), pause_s=0.02) as shop:
        for victim in ("web", "worker", "analyst", "postgres"):
            shop.await_acknowledged(100)
            served.kill_and_await(victim)
            shop.await_acknowledged(100)

    assert _in_log(served) == sorted(shop.acknowledged)
    _assert_all_projected(served, len(shop.acknowledged))


def test_a_killed_supervisor_takes_its_roles_along_and_the_next_start_recovers(
    served: Served,
) -> None:
    """No role works on without a supervisor; PostgreSQL, left behind, is used again."""
    key = served.write_key()
    with Shop(served.port, key, pause_s=0.02) as shop:
        shop.await_acknowledged(100)
        served.kill("supervisor")
        until(lambda: not {"web", "worker", "analyst"} & served.pids().keys(), "the roles end")
        served.start()
        shop.await_acknowledged(100)

    assert _in_log(served) == sorted(shop.acknowledged)
    _assert_all_projected(served, len(shop.acknowledged))


def _in_log(served: Served) -> list[str]:
    """Return the order ids of every payment that stands in the log, sorted."""
    with served.house() as house, house.world.store.system() as tx:
        head = tx.log.head()
        found = []
        at = 0
        while at < head:
            batch = tx.log.read(0, at, 10_000)
            found += [event.body for event in batch if event.name == "Order Paid"]
            at = batch[-1].offset + 1
    return sorted("m-" + _order(body) for body in found)


def _order(body: bytes) -> str:
    """Return the order id of an event's body."""
    import json

    return str(json.loads(body)["properties"]["order_id"])


def _assert_all_projected(served: Served, n_events: int) -> None:
    """Profiles and warehouse come to see each event once."""
    with served.house() as house:
        house.catch_up(180)
        rows = house.world.warehouse.sql(
            "select count(*) as n, count(distinct properties->>'order_id') as orders "
            "from events where event = 'Order Paid'"
        ).to_pylist()
    assert rows == [{"n": n_events, "orders": n_events}]


@pytest.mark.parametrize("victim", ["analyst", "postgres"])
def test_what_is_killed_while_the_rest_still_starts_is_started_again(
    served: Served, victim: str
) -> None:
    """The supervisor gives up on what ends by itself, never on what was killed."""
    served.stop()
    served.begin()
    until(lambda: "analyst" in served.pids(), "the analyst begins")
    served.kill(victim)

    served.await_up()

    with Shop(served.port, served.write_key()) as shop:
        shop.await_acknowledged(20)
