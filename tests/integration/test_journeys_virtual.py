"""Virtual time and live time decide the same, on the same log."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from tests.integration.journeys import APOLOGY, order_event, put_journey, rows
from tests.integration.people import BRAND, NOW, identify, log, project_all

from huiliu.journeys import parsed
from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.apply_journey import check_journey
from huiliu.services.rehearse import Rehearsing, rehearse
from huiliu.stores.clock import SimulatedClock

WINDING = """huiliu: 1
kind: journey
slug: winding
name: {en: Winding}
entry: {event: Product Viewed, again: 2d}
exit_when:
  - event: Order Paid
  - condition: {trait: tier, is: gold}
goal: {event: Review Posted, within: 1d}
nodes:
  calm: {type: wait, for: 6h, next: ask}
  ask:
    type: branch
    ways:
      - when: {did: Product Viewed, at_least: 3, within: 2d}
        next: hot
    else: cold
  hot: {type: send, channel: sms, template: hot, next: rest}
  cold: {type: send, channel: email, template: cold, next: rest}
  rest: {type: wait, for: 1d, next: more}
  more:
    type: branch
    ways: [{when: {did: Product Viewed, within: 1d}, next: ask}]
    else: done
  done: {type: exit}
"""

#: Branches that ask what came after what, and for another segment.
RELATED = """huiliu: 1
kind: journey
slug: related
name: {en: Related}
entry: {event: Product Viewed, again: 12h}
nodes:
  calm: {type: wait, for: 6h, next: ask}
  ask:
    type: branch
    ways:
      - when: {sequence: [Order Paid, {did: Product Viewed, within: 2d}], within: 7d}
        next: hot
      - when:
          all:
            - {in_segment: left-open}
            - {not: {message: opened, channel: sms, within: 3d}}
        next: hot
    else: cold
  hot: {type: send, channel: sms, template: hot, next: rest}
  cold: {type: send, channel: email, template: cold, next: rest}
  rest: {type: wait, for: 2h, next: done}
  done: {type: exit}
"""
LEFT_OPEN = """huiliu: 1
kind: segment
slug: left-open
name: {en: Left open}
where:
  then_not: {did: Order Paid, within: 20h}
  after: Product Viewed
  within: 3d
"""

AGAIN = APOLOGY.replace("key: order_id", "key: order_id, again: after_end")


def happenings(seed: int) -> list[NewEvent]:
    """Return a month of a few people's life, no two events at one instant."""
    dice = random.Random(seed)
    made = []
    names = ["Product Viewed"] * 5 + ["Order Paid", "Order Shipped", "Order Cancelled",
                                      "Review Posted"]  # fmt: skip
    for nth in range(160):
        at = NOW + dice.randrange(30 * 24) * HOUR + nth
        who = dice.choice(["ada", "bo", "chen"])
        if dice.random() < 0.1:
            tier = dice.choice(["gold", "silver"])
            made.append((at, identify(f"user_id:{who}", at=at, tier=tier)))
        else:
            order = f"{who}-{dice.randrange(6)}"
            late = dice.choice([0, 0, 0, 20 * MINUTE])
            made.append((at, order_event(dice.choice(names), order, at=at - late, received=at,
                                         who=who)))  # fmt: skip
    return [
        msgspec.structs.replace(event, received_at=at)
        for at, event in sorted(made, key=lambda pair: pair[0])
    ]


def live_through(world: World, clock: SimulatedClock, events: Sequence[NewEvent]) -> None:
    """Let the clock go from event to event and from timer to timer."""
    for event in events:
        let_timers_fire(world, clock, event.received_at)
        clock.set(event.received_at)
        log(world, event)
        project_all(world)
    let_timers_fire(world, clock, NOW + 60 * DAY)


def let_timers_fire(world: World, clock: SimulatedClock, until: int) -> None:
    """Let each timer before an instant fire at its own time."""
    while True:
        [(due,)] = rows(world, "select min(due_at) from journey_tokens")
        if not isinstance(due, int) or due >= until:
            return
        clock.set(max(due, clock.now()))
        assert advance(world) > 0


def told(found: Rehearsing) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return runs and messages of a rehearsal, in order."""
    runs: list[tuple[object, ...]] = [
        (run.key, run.entered_at, run.state, run.reason, run.ended_at)
        for run in (story.run for story in found.runs)
    ]
    messages: list[tuple[object, ...]] = [
        (story.run.key, made.message.node, made.message.visit, made.message.queue.template, made.at)
        for story in found.runs
        for made in story.messages
    ]
    return sorted(runs, key=str), sorted(messages, key=str)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("source", [APOLOGY, AGAIN, WINDING], ids=["keyed", "again", "winding"])
def test_virtual_time_decides_as_live_did(
    world: World, clock: SimulatedClock, source: str, seed: int
) -> None:
    """Every run, its end, and every message with its instant are the same."""
    put_journey(world, source)
    live_through(world, clock, happenings(seed))

    found = rehearse(world, BRAND, parsed(source), (NOW, NOW + 60 * DAY))

    runs = rows(world, "select key, entered_at, state, reason, ended_at from journey_runs")
    sent = rows(
        world,
        "select r.key, s.node, s.visit, convert_from(s.details, 'utf8')::json ->> 'template', s.at "
        "from journey_steps s join journey_runs r using (brand_id, run_id) where what = 'sent'",
    )
    assert told(found) == (sorted(runs, key=str), sorted(sent, key=str))
    assert len(runs) > 3
    assert len(rows(world, "select 1 from messages")) == len(sent) > 0


@pytest.mark.parametrize("seed", range(2))
def test_virtual_time_asks_for_segments_and_order_as_live_did(
    world: World, clock: SimulatedClock, seed: int
) -> None:
    """What came after what, and who is in another segment, is known in both."""
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "segment", "left-open", 0, "live", LEFT_OPEN, NOW, "test"))
    put_journey(world, RELATED)
    live_through(world, clock, happenings(seed))
    with world.store.system() as tx:
        journey, problems = check_journey(tx, world, BRAND, RELATED)
    assert journey is not None
    # Only the templates are missing.
    assert {one.text.key for one in problems} == {"journeys.unknown_template"}

    found = rehearse(world, BRAND, journey, (NOW, NOW + 60 * DAY))

    runs = rows(world, "select key, entered_at, state, reason, ended_at from journey_runs")
    assert told(found)[0] == sorted(runs, key=str)
    ways = {made.message.node for story in found.runs for made in story.messages}
    assert ways == {"hot", "cold"}
    steps = rows(world, "select node, at from journey_steps where what = 'sent'")
    sent = [(made.message.node, made.at) for story in found.runs for made in story.messages]
    assert sorted(sent, key=str) == sorted(steps, key=str)


@pytest.mark.parametrize(
    "asked", ["{tag: tier, is: gold}", "{reachable: email}", "{device: os, is: iOS}",
              "{journey: other}"],
)  # fmt: skip
def test_a_rehearsal_refuses_what_virtual_time_cannot_know(world: World, asked: str) -> None:
    """Better no answer than a wrong one."""
    source = RELATED.replace("{in_segment: left-open}", asked)

    with pytest.raises(BadInput, match="rehearsal"):
        rehearse(world, BRAND, parsed(source), (NOW, NOW + DAY))


def test_a_rehearsal_writes_nothing(world: World, clock: SimulatedClock) -> None:
    """Nobody can be reached by a rehearsal."""
    log(world, *happenings(1))
    project_all(world)
    clock.set(NOW + 60 * DAY)

    found = rehearse(world, BRAND, parsed(APOLOGY), (NOW, NOW + 60 * DAY))

    assert found.runs
    assert rows(world, "select 1 from journey_runs union all select 1 from messages") == []


def test_the_period_is_half_open_and_earlier_events_are_facts(world: World) -> None:
    """Who entered before the period does not enter in it; what was shipped before counts."""
    log(
        world,
        order_event("Order Shipped", "early", at=NOW - DAY),
        order_event("Order Paid", "before", at=NOW - 1),
        order_event("Order Paid", "early", at=NOW),
        order_event("Order Paid", "first", at=NOW),
        order_event("Order Paid", "last", at=NOW + 3 * DAY),
    )
    project_all(world)

    to_the_end = rehearse(world, BRAND, parsed(APOLOGY), (NOW, NOW + 3 * DAY))
    beyond = rehearse(world, BRAND, parsed(APOLOGY), (NOW, NOW + 3 * DAY + 1))

    assert [(story.run.key, story.run.reason) for story in to_the_end.runs] == [
        ("early", "already"), ("first", ""),
    ]  # fmt: skip
    assert [(story.run.key, len(story.messages)) for story in beyond.runs] == [
        ("early", 0), ("first", 1), ("last", 0),
    ]  # fmt: skip
    assert (to_the_end.n_active, beyond.n_active) == (1, 1)


def test_an_order_shipped_at_the_very_instant_gets_no_apology(world: World) -> None:
    """An event at the instant at which a wait ends comes first."""
    log(
        world,
        order_event("Order Paid", "o1"),
        order_event("Order Paid", "o2"),
        order_event("Order Shipped", "o1", at=NOW + 3 * DAY),
        order_event("Order Shipped", "o2", at=NOW + 3 * DAY + 1),
    )
    project_all(world)

    found = rehearse(world, BRAND, parsed(APOLOGY), (NOW, NOW + 9 * DAY))

    assert [(story.run.key, len(story.messages)) for story in found.runs] == [("o1", 0), ("o2", 1)]
