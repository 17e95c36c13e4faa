"""What editing a journey must not do to people: overshoot a quota, or make up for what was not."""

from __future__ import annotations

from tests.integration.journeys import order_event, put_journey, rows
from tests.integration.outbox import HELLO, put_template
from tests.integration.people import NOW, log, project_all
from tests.integration.test_journeys_effects import settle

from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.schedule import schedule
from huiliu.stores.clock import SimulatedClock

GATED = """huiliu: 1
kind: journey
slug: gated
name: {{en: Gated}}
entry: {{event: Order Paid, key: order_id}}
nodes:
  rest: {{type: wait, for: {rest}, next: gate}}
  gate: {{type: quota, limit: {limit}, per: total, next: good, else: none}}
  good: {{type: exit, reason: good}}
  none: {{type: exit, reason: none}}
"""

DAILY = """huiliu: 1
kind: journey
slug: daily
name: {{en: Daily}}
entry: {{every: day, at: "{at}", zone: brand, among: everyone}}
nodes:
  send: {{type: send, template: hello, next: done}}
  done: {{type: exit}}
"""

ONCE = """huiliu: 1
kind: journey
slug: once-only
name: {en: Once only}
entry: {api: true, again: never}
nodes:
  done: {type: exit}
"""

CALLER = """huiliu: 1
kind: journey
slug: caller
name: {en: Caller}
entry: {event: Order Paid, key: order_id}
nodes:
  hand-over: {type: call_journey, journey: once-only, wait: true, next: back}
  back: {type: exit, reason: back}
"""


def test_each_version_keeps_to_its_own_limit(world: World, clock: SimulatedClock) -> None:
    """Versions count together, and nobody goes through by the limit of another version."""
    put_journey(world, GATED.format(limit=6, rest="2h"))
    log(world, *(order_event("Order Paid", f"a{nth}", who=f"a{nth}") for nth in range(4)))
    project_all(world)
    put_journey(world, GATED.format(limit=2, rest="1h"))
    log(world, *(order_event("Order Paid", f"b{nth}", who=f"b{nth}") for nth in range(4)))
    settle(world)

    # Both come in one batch, those of the new version first: two of two, then four of six.
    clock.set(NOW + 2 * HOUR)
    settle(world)

    assert rows(
        world,
        "select version, count(*) from journey_runs where reason = 'good' group by 1 order by 1",
    ) == [(1, 4), (2, 2)]


def test_a_time_that_an_edit_moves_to_this_morning_is_not_made_up_for(
    world: World, clock: SimulatedClock
) -> None:
    """Who was written to today is not written to again because tomorrow's hour is another."""
    put_template(world, HELLO)
    put_journey(world, DAILY.format(at="08:00"))
    day = NOW - NOW % DAY + DAY
    # 08:00 and a minute in the brand's zone, then 10:00: it is edited to 09:00.
    clock.set(day + MINUTE)
    schedule(world, 0)
    clock.set(day + 2 * HOUR)
    edit(world, DAILY.format(at="09:00"), day + 2 * HOUR)
    schedule(world, 0)
    today = rows(world, "select occasion from journey_occasions order by at desc limit 1")
    clock.set(day + DAY + HOUR)
    schedule(world, 0)

    tomorrow = rows(world, "select occasion from journey_occasions order by at desc limit 1")
    assert str(today[0][0]).endswith("T08:00")
    assert str(tomorrow[0][0]).endswith("T09:00")


def test_what_came_before_an_edit_was_seen_still_comes(world: World, clock: SimulatedClock) -> None:
    """A worker that slept over an occasion and an edit lets its people in all the same."""
    put_template(world, HELLO)
    put_journey(world, DAILY.format(at="08:00"))
    day = NOW - NOW % DAY + DAY
    clock.set(day - HOUR)
    schedule(world, 0)
    edit(world, DAILY.format(at="20:00"), day + HOUR)
    clock.set(day + 2 * HOUR)
    schedule(world, 0)

    [found] = rows(world, "select occasion from journey_occasions order by at desc limit 1")
    assert str(found[0]).endswith("T08:00")


def test_a_caller_is_told_of_a_person_who_may_not_begin_again(world: World) -> None:
    """Somebody who was in a journey of once only keeps no calling run waiting."""
    put_journey(world, ONCE)
    put_journey(world, CALLER)
    for order in ("o1", "o2"):
        log(world, order_event("Order Paid", order))
        settle(world)

    assert rows(
        world, "select key, state, reason from journey_runs where journey = 'caller' order by key"
    ) == [("o1", "ended", "back"), ("o2", "ended", "back")]


def edit(world: World, source: str, at: int) -> None:
    """Publish another version at an instant."""
    version = put_journey(world, source)
    with world.store.system() as tx:
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "update documents set created_at = %s where slug = 'daily' and version = %s",
            (at, version),
        )
