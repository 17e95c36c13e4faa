"""A run that waits for something never rests past it, whoever is faster."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from tests.integration.journeys import order_event, put_journey, rows
from tests.integration.people import NOW, log, project_all

from huiliu.journeys import step as journey_step
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services import moves
from huiliu.services.advance import advance
from huiliu.services.apply_journey import set_journey_state
from huiliu.stores.clock import SimulatedClock

WAITING = """huiliu: 1
kind: journey
slug: waiting
name: {en: Waiting}
entry: {event: Order Paid, key: order_id}
nodes:
  first: {type: wait, for: 1h, next: parcel}
  parcel:
    type: wait_for
    ways: [{event: Order Shipped, next: there}]
    timeout: 30d
    else: late
  there:
    type: wait_for
    ways: [{event: Order Delivered, next: good}]
    timeout: 30d
    else: late
  late: {type: exit, reason: late}
  good: {type: exit, reason: good}
"""
BROWSING = """huiliu: 1
kind: journey
slug: browsing
name: {en: Browsing}
entry: {event: Order Paid, key: order_id}
nodes:
  pause: {type: wait, for: 10d, next: look}
  look:
    type: wait_for
    ways: [{event: Product Viewed, any_key: true, next: done}]
    timeout: 10d
    else: done
  done: {type: exit}
"""
ENDS = "select key, state, reason from journey_runs order by key"
NODES = "select r.key, t.node from journey_tokens t join journey_runs r using (run_id) order by 1"


def settle(world: World) -> int:
    """Project and advance until nothing moves; return how many runs were stepped."""
    stepped = 0
    while True:
        project_all(world)
        done = advance(world)
        stepped += done
        if not done:
            return stepped


def test_what_is_waited_for_leads_on_at_once(world: World, clock: SimulatedClock) -> None:
    """Each thing that happens after the arrival is met where it is waited for."""
    put_journey(world, WAITING)
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    clock.set(NOW + HOUR)
    settle(world)

    clock.set(NOW + 2 * HOUR)
    log(world, order_event("Order Shipped", "o1", at=NOW + 2 * HOUR))
    settle(world)
    shipped = rows(world, NODES)
    log(world, order_event("Order Delivered", "o1", at=NOW + 2 * HOUR))
    settle(world)

    assert shipped == [("o1", "there")]
    assert rows(world, ENDS) == [("o1", "ended", "good")]


def test_two_events_of_one_batch_are_met_one_after_the_other(
    world: World, clock: SimulatedClock
) -> None:
    """The second thing came before the run could step, yet after it arrived: it counts."""
    put_journey(world, WAITING)
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    clock.set(NOW + HOUR)
    settle(world)

    clock.set(NOW + 2 * HOUR)
    log(world, order_event("Order Shipped", "o1", at=NOW + 2 * HOUR),
        order_event("Order Delivered", "o1", at=NOW + 2 * HOUR))  # fmt: skip
    settle(world)

    assert rows(world, ENDS) == [("o1", "ended", "good")]


def test_what_happened_before_the_arrival_is_not_waited_for(
    world: World, clock: SimulatedClock
) -> None:
    """A run that arrives later waits for the next time."""
    put_journey(world, WAITING)
    log(world, order_event("Order Paid", "o1"), order_event("Order Shipped", "o1"))
    settle(world)
    clock.set(NOW + HOUR)
    settle(world)

    assert rows(world, NODES) == [("o1", "parcel")]


def test_an_event_right_after_the_entry_is_met_by_a_first_node_that_waits(
    world: World, clock: SimulatedClock
) -> None:
    """Entered and shipped in one batch: the wait began with the entry."""
    put_journey(world, WAITING.replace("nodes:\n", "start: parcel\nnodes:\n").replace(
        "  first: {type: wait, for: 1h, next: parcel}\n", ""))  # fmt: skip
    log(world, order_event("Order Paid", "o1"), order_event("Order Shipped", "o1"))

    settle(world)

    assert rows(world, NODES) == [("o1", "there")]


def test_only_those_who_wait_for_an_event_are_stepped(world: World, clock: SimulatedClock) -> None:
    """A journey may wait for what everybody does all day: who rests elsewhere is left alone."""
    put_journey(world, BROWSING)
    log(world, *(order_event("Order Paid", f"o{nth}", who=f"p{nth}") for nth in range(4)))
    settle(world)
    clock.set(NOW + HOUR)
    log(world, *(order_event("Product Viewed", "", at=NOW + HOUR, who=f"p{nth}")
                 for nth in range(4)))  # fmt: skip

    assert settle(world) == 0


def test_an_event_in_a_pause_is_met_when_the_journey_runs_on(
    world: World, clock: SimulatedClock
) -> None:
    """A paused run looks at what happened meanwhile as soon as it may."""
    put_journey(world, WAITING)
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    clock.set(NOW + HOUR)
    settle(world)
    set_journey_state(world, 1, "waiting", "paused")
    clock.set(NOW + 2 * HOUR)
    log(world, order_event("Order Shipped", "o1", at=NOW + 2 * HOUR))
    held = settle(world)

    set_journey_state(world, 1, "waiting", "live")
    settle(world)

    assert (held, rows(world, NODES)) == (0, [("o1", "there")])


def test_an_event_at_the_very_instant_of_a_time_out_comes_first(
    world: World, clock: SimulatedClock
) -> None:
    """Shipped in the last microsecond is shipped in time."""
    put_journey(world, WAITING)
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    clock.set(NOW + HOUR)
    settle(world)
    out = NOW + HOUR + 30 * DAY
    clock.set(out)
    log(world, order_event("Order Shipped", "o1", at=out))

    before = advance(world)
    settle(world)

    assert (before, rows(world, NODES)) == (0, [("o1", "there")])


def test_a_worker_in_the_middle_of_a_step_does_not_let_its_run_miss_the_event(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The projector waits for the run that arrives just now, and then wakes it where it rests."""
    put_journey(world, WAITING)
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    clock.set(NOW + HOUR)
    stepping, may_end = Event(), Event()
    step = journey_step

    def slowly(*arguments: object) -> object:
        """Step when the projector stands before the token."""
        stepping.set()
        assert may_end.wait(30)
        return step(*arguments)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(moves, "step", slowly)
    with ThreadPoolExecutor(2) as workers:
        moving = workers.submit(advance, world)
        assert stepping.wait(30)
        # It happens while the run is on its way; the clock stands still, so no timer helps.
        log(world, order_event("Order Shipped", "o1", at=NOW + HOUR))
        projecting = workers.submit(project_all, world)
        waiter = Thread(target=_until_somebody_waits, args=(world, may_end))
        waiter.start()
        assert moving.result() == 1
        projecting.result()
        waiter.join()
    monkeypatch.undo()
    settle(world)

    assert rows(world, NODES) == [("o1", "there")]


def _until_somebody_waits(world: World, then: Event) -> None:
    """Set an event once a transaction waits for the lock of another."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if rows(world, "select count(*) from pg_locks where not granted") != [(0,)]:
            break
    then.set()


def test_projecting_and_advancing_at_once_lose_no_event(
    world: World, clock: SimulatedClock
) -> None:
    """Many runs arrive while what they wait for comes in: every one of them gets there."""
    put_journey(world, WAITING)
    n_orders = 150
    log(world, *(order_event("Order Paid", f"o{nth:03}", who=f"p{nth % 30}")
                 for nth in range(n_orders)))  # fmt: skip
    settle(world)
    clock.set(NOW + HOUR)
    for nth in range(n_orders):
        log(world, order_event("Order Shipped", f"o{nth:03}", at=NOW + HOUR + 1,
                               received=NOW + HOUR + 1, who=f"p{nth % 30}"))  # fmt: skip
    with world.store.system() as tx:
        # All of it came after the wait was over: the timers may move now.
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "update journey_tokens set due_at = %s", (NOW,)
        )

    def keep_advancing() -> None:
        """Advance while there is anything to do."""
        for _ in range(400):
            advance(world, 3)

    with ThreadPoolExecutor(3) as workers:
        moving = [workers.submit(keep_advancing) for _ in range(2)]
        workers.submit(project_all, world, 4).result()
        for each in moving:
            each.result()
    clock.set(NOW + HOUR + MINUTE)
    settle(world)

    found = rows(world, NODES)
    # Who arrived before it was shipped met it; who arrived after it waits for the next time.
    assert len(found) == n_orders
    missed = rows(
        world,
        "select r.key from journey_tokens t join journey_runs r using (run_id)"
        " join event_facts f on f.name = 'Order Shipped' and f.properties ->> 'order_id' = r.key"
        " where t.node = 'parcel' and f.position >="
        " (convert_from(t.memory, 'UTF8')::jsonb ->> 0)::bigint",
    )
    assert missed == []
