"""State moves exactly once: with workers side by side, after crashes, through merges and pauses."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from tests.integration.journeys import APOLOGY, order_event, put_journey, rows
from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.apply_journey import apply_journey, set_journey_state
from huiliu.stores.clock import SimulatedClock

TEMPLATE = """huiliu: 1
kind: template
slug: late-shipment
name: {en: Late}
channel: email
class: service
locales: {en: {subject: Sorry, text: Sorry}}
"""
BARE = APOLOGY.replace("channel: email, template: late-shipment, class: service",
                       "template: late-shipment")  # fmt: skip


def paid_orders(world: World, n_orders: int) -> None:
    """Let many people pay, and begin their runs."""
    put_journey(world, APOLOGY)
    log(world, *(order_event("Order Paid", f"o{nth}", who=f"p{nth % 40}")
                 for nth in range(n_orders)))  # fmt: skip
    project_all(world)


def until_nothing_is_due(world: World, limit: int) -> int:
    """Advance in small batches until nothing is left; return how many were moved."""
    moved = 0
    while True:
        done = advance(world, limit)
        if not done:
            return moved
        moved += done


def test_workers_side_by_side_move_each_run_once(world: World, clock: SimulatedClock) -> None:
    """Four workers over one heap of due runs: no run is lost, none is moved twice."""
    paid_orders(world, 400)
    clock.set(NOW + 3 * DAY)

    with ThreadPoolExecutor(4) as workers:
        moved = list(workers.map(lambda limit: until_nothing_is_due(world, limit), [7, 11, 13, 17]))

    assert until_nothing_is_due(world, 100) + sum(moved) == 400
    assert rows(world, "select count(*), count(distinct run_id) from messages") == [(400, 400)]
    assert rows(world, "select what, count(*) from journey_steps group by what order by what") == [
        ("ended", 400), ("entered", 400), ("sent", 400), ("waited", 400),
    ]  # fmt: skip
    assert rows(world, "select count(*) from journey_tokens") == [(0,)]


def test_projecting_and_advancing_side_by_side_never_do_both(
    world: World, clock: SimulatedClock
) -> None:
    """A run is ended by its shipment or moved by its timer, never both."""
    paid_orders(world, 200)
    clock.set(NOW + 3 * DAY)
    log(world, *(order_event("Order Shipped", f"o{nth}", at=NOW + 3 * DAY + 1, who=f"p{nth % 40}")
                 for nth in range(0, 200, 2)))  # fmt: skip

    with ThreadPoolExecutor(3) as workers:
        moving = [workers.submit(until_nothing_is_due, world, 5) for _ in range(2)]
        projecting = workers.submit(project_all, world, 10)
        projecting.result()
        assert sum(each.result() for each in moving) > 0
    until_nothing_is_due(world, 100)

    ended = rows(
        world,
        "select r.run_id, r.state, (select count(*) from messages m where m.run_id = r.run_id),"
        " (select count(*) from journey_steps s where s.run_id = r.run_id"
        "  and s.what in ('ended', 'exited')) from journey_runs r",
    )
    assert len(ended) == 200
    for _, state, n_messages, n_ends in ended:
        assert (state, n_messages, n_ends) in {("ended", 1, 1), ("exited", 0, 1)}
    assert rows(world, "select count(*) from journey_tokens") == [(0,)]


KILLED = """
import sys
from dataclasses import replace
from huiliu.messages.policy import rules_from
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

clock, secrets = SimulatedClock(int(sys.argv[2])), InstanceSecrets(bytes(range(32)))
world = World(clock=clock, store=PostgresStore(sys.argv[1], secrets, clock), secrets=secrets,
              warehouse=None, providers={}, sources={}, public_url="", zone="UTC",
              policy=rules_from(4, "21:00", "08:00"))
print("ready", flush=True)
while advance(world, 3):
    print("moved", flush=True)
"""


@pytest.mark.parametrize("n_lines", [1, 2, 5, 9])
def test_a_worker_that_is_killed_repeats_and_loses_nothing(
    world: World, clock: SimulatedClock, database_url: str, n_lines: int
) -> None:
    """Whatever was not committed never happened; the next worker does it."""
    paid_orders(world, 60)
    clock.set(NOW + 3 * DAY)
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, str(NOW + 3 * DAY)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout is not None
    for _ in range(n_lines):
        worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    deadline = time.monotonic() + 60
    while rows(world, "select count(*) from messages") != [(60,)]:
        # The server may hold a killed worker's locks until it notices the closed socket.
        until_nothing_is_due(world, 100)
        assert time.monotonic() < deadline

    assert rows(world, "select count(*), count(distinct run_id) from messages") == [(60, 60)]
    assert rows(world, "select count(*) from journey_steps where what = 'sent'") == [(60,)]
    assert rows(world, "select distinct state from journey_runs") == [("ended",)]


def test_a_run_that_cannot_be_stepped_ends_and_stops_no_other(
    world: World, clock: SimulatedClock
) -> None:
    """One broken row costs one run, with the reason `error`."""
    paid_orders(world, 3)
    with world.store.system() as tx:
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "update journey_tokens set memory = 'no number' where run_id = "
            "(select run_id from journey_runs where key = 'o1')"
        )
    clock.set(NOW + 3 * DAY)

    moved = advance(world)

    assert moved == 3
    assert rows(world, "select key, reason from journey_runs order by key") == [
        ("o0", "completed"), ("o1", "error"), ("o2", "completed"),
    ]  # fmt: skip


def test_a_new_version_is_for_those_who_enter_later(world: World, clock: SimulatedClock) -> None:
    """Runs stay with the version that they began with."""
    first = put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "o1"))
    project_all(world)
    second = put_journey(world, APOLOGY.replace("for: 3d", "for: 5d"))
    log(world, order_event("Order Paid", "o2"))
    project_all(world)

    clock.set(NOW + 3 * DAY)
    advance(world)

    assert (first, second) == (1, 2)
    assert rows(world, "select key, version, state from journey_runs order by key") == [
        ("o1", 1, "ended"), ("o2", 2, "active"),
    ]  # fmt: skip
    [(due,)] = rows(world, "select due_at from journey_tokens")
    assert due == NOW + 5 * DAY


def test_a_paused_journey_holds_still_but_lets_people_leave(
    world: World, clock: SimulatedClock
) -> None:
    """No one enters and no one moves; an exit still ends a run; resuming goes on."""
    paid_orders(world, 2)
    set_journey_state(world, BRAND, "late-shipment-apology", "paused")
    log(world, order_event("Order Paid", "new"),
        order_event("Order Shipped", "o1", at=NOW + HOUR, who="p1"))  # fmt: skip
    project_all(world)
    clock.set(NOW + 9 * DAY)
    held = advance(world)

    n_waiting = set_journey_state(world, BRAND, "late-shipment-apology", "live")

    assert (held, n_waiting, advance(world)) == (0, 1, 1)
    assert rows(world, "select key, state from journey_runs order by key") == [
        ("o0", "ended"), ("o1", "exited"),
    ]  # fmt: skip


def test_two_people_who_become_one_keep_one_run(world: World, clock: SimulatedClock) -> None:
    """A journey without a key writes once to a person whom it knew by two names."""
    put_journey(world, APOLOGY.replace("key: order_id", "again: never"))
    log(world, order_event("Order Paid", "o1"),
        msgspec.structs.replace(event("anonymous_id:x", name="Order Paid", properties={}),
                                received_at=NOW))  # fmt: skip
    project_all(world)
    log(world, identify("user_id:ada", "anonymous_id:x"))
    project_all(world)
    clock.set(NOW + 3 * DAY)

    advance(world)

    assert rows(world, "select state, reason from journey_runs order by state") == [
        ("ended", "completed"), ("exited", "merged"),
    ]  # fmt: skip
    assert rows(world, "select profile_id from messages") == [(person(world, "user_id:ada"),)]


def test_applying_fills_the_facts_that_its_conditions_need(world: World) -> None:
    """What was shipped before the journey existed is known to it."""
    with world.store.system() as tx:
        tx.documents.put(
            Document(BRAND, "template", "late-shipment", 0, "live", TEMPLATE, NOW, "test")
        )
    log(world, order_event("Order Shipped", "o1"))
    project_all(world)

    done = apply_journey(world, BRAND, BARE, "test")
    again = apply_journey(world, BRAND, BARE, "test")
    log(world, order_event("Order Paid", "o1"), order_event("Order Paid", "o2"))
    project_all(world)

    assert (done.is_new, done.n_facts, done.document.version) == (True, 1, 1)
    assert (again.is_new, again.document.version) == (False, 1)
    assert rows(world, "select key, reason from journey_runs order by key") == [
        ("o1", "already"), ("o2", ""),
    ]  # fmt: skip


def test_what_cannot_run_is_not_applied(world: World) -> None:
    """A template that is not there is a problem with its line; nothing is stored."""
    with pytest.raises(BadInput) as refused:
        apply_journey(world, BRAND, APOLOGY, "test")

    assert [(found.path, found.line) for found in refused.value.problems] == [
        ("nodes.apologise.template", 9)
    ]
    with world.store.system() as tx, pytest.raises(NotFound):
        tx.documents.latest(BRAND, "journey", "late-shipment-apology")


def test_a_send_without_channel_takes_the_templates(world: World, clock: SimulatedClock) -> None:
    """Channel and class are the template's unless the node says them."""
    with world.store.system() as tx:
        tx.documents.put(
            Document(BRAND, "template", "late-shipment", 0, "live", TEMPLATE, NOW, "test")
        )
    put_journey(world, BARE)
    log(world, order_event("Order Paid", "o1"))
    project_all(world)
    clock.set(NOW + 3 * DAY)

    advance(world)

    assert rows(world, "select channel, message_class, template_version from messages") == [
        ("email", "service", 1)
    ]
