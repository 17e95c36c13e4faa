"""A journey runs live: events begin and end runs, timers move them, messages reach the outbox."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.integration.journeys import APOLOGY, order_event, put_journey, rows
from tests.integration.people import NOW, log, project_all

from huiliu.kernel.events import Flag, NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services import advance as advancing
from huiliu.services.advance import advance
from huiliu.services.moves import Moves
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.runs import PostgresRuns

STATES = "select key, state, reason from journey_runs order by key"
MESSAGES = "select inputs from messages"


def test_an_order_not_shipped_in_three_days_gets_one_apology(
    world: World, clock: SimulatedClock
) -> None:
    """The message is decided when the wait is over, not before, and the run ends."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "o1"))
    project_all(world)

    clock.set(NOW + 3 * DAY - 1)
    early = advance(world)
    clock.set(NOW + 3 * DAY)
    due = advance(world)

    assert (early, due, advance(world)) == (0, 1, 0)
    assert rows(world, STATES) == [("o1", "ended", "completed")]
    assert rows(world, "select template, channel, message_class, queued_at from messages") == [
        ("late-shipment", "email", "service", NOW + 3 * DAY)
    ]


def test_shipping_ends_the_run_of_that_order_alone(world: World, clock: SimulatedClock) -> None:
    """An exit event says something about its own order only."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "o1"), order_event("Order Paid", "o2"))
    project_all(world)

    log(world, order_event("Order Shipped", "o1", at=NOW + DAY))
    project_all(world)
    clock.set(NOW + 4 * DAY)
    advance(world)

    assert rows(world, STATES) == [
        ("o1", "exited", "Order Shipped"),
        ("o2", "ended", "completed"),
    ]
    assert len(rows(world, MESSAGES)) == 1


def test_an_order_shipped_before_it_was_paid_ends_at_once(world: World) -> None:
    """What happened to the key's thing before the entry counts, in one batch or in two."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Shipped", "o1", at=NOW - HOUR))
    project_all(world)

    log(world, order_event("Order Paid", "o1", at=NOW), order_event("Order Shipped", "o2"),
        order_event("Order Paid", "o2"))  # fmt: skip
    project_all(world)

    assert rows(world, STATES) == [("o1", "exited", "already"), ("o2", "exited", "already")]
    assert rows(world, "select count(*) from journey_tokens") == [(0,)]


def test_paid_and_shipped_in_one_batch_begins_and_ends(world: World) -> None:
    """A batch of the projector is as good as many."""
    put_journey(world, APOLOGY)

    log(world, order_event("Order Paid", "o1"), order_event("Order Shipped", "o1"))
    project_all(world)

    assert rows(world, STATES) == [("o1", "exited", "Order Shipped")]
    assert rows(world, "select what from journey_steps order by step_id") == [
        ("entered",), ("exited",),
    ]  # fmt: skip


def test_a_repeated_payment_of_one_order_begins_no_second_run(
    world: World, clock: SimulatedClock
) -> None:
    """A keyed journey has one run a key, for ever."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "o1"), order_event("Order Paid", "o1"))
    project_all(world)
    clock.set(NOW + 4 * DAY)
    advance(world)

    log(world, order_event("Order Paid", "o1", at=NOW + 4 * DAY))
    project_all(world)
    clock.set(NOW + 9 * DAY)
    advance(world)

    assert len(rows(world, STATES)) == len(rows(world, MESSAGES)) == 1
    assert rows(world, "select count(*) from journey_steps where what = 'entered'") == [(1,)]


def test_historical_and_late_events_begin_nothing(world: World) -> None:
    """Facts change, nothing triggers; but an exit always counts."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "old", flags=Flag.HISTORICAL),
        order_event("Order Paid", "late", at=NOW - 2 * HOUR, received=NOW),
        order_event("Order Paid", "good"),
        order_event("Order Shipped", "good", at=NOW - DAY, flags=Flag.HISTORICAL))  # fmt: skip

    project_all(world)

    assert rows(world, STATES) == [("good", "exited", "Order Shipped")]


def test_a_timer_never_overtakes_an_accepted_event(world: World, clock: SimulatedClock) -> None:
    """A shipment that was accepted before the wait ended stops the apology, however late we are."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "o1"))
    project_all(world)
    log(world, order_event("Order Shipped", "o1", at=NOW + 3 * DAY - 1))
    clock.set(NOW + 3 * DAY + HOUR)

    before = advance(world)
    project_all(world)

    assert (before, advance(world)) == (0, 0)
    assert rows(world, MESSAGES) == []


def test_brands_are_moved_in_one_order(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is due first: two workers that lock quotas of two brands never wait crosswise."""
    put_journey(world, APOLOGY)
    log(world, order_event("Order Paid", "o1"), order_event("Order Paid", "o2"))
    project_all(world)
    clock.set(NOW + 3 * DAY)
    with world.store.system() as tx:
        first, second = tx.runs.claim_due(clock.now(), 10)
    # The second brand's run is due first.
    other = (structs.replace(first[0], brand_id=2), structs.replace(first[1], brand_id=2))
    monkeypatch.setattr(PostgresRuns, "claim_due", lambda *_: [other, second, first])
    moved: list[int] = []

    def note(moves: Moves, claimed: list[object]) -> list[NewEvent]:
        """Write down whose runs are moved."""
        moved.append(moves.brand_id)
        return []

    monkeypatch.setattr(advancing, "_move", note)
    advance(world)

    assert moved == [1, 2]
