"""A roll-out reaches the people of its stage and nobody else, and moves by what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.journeys import order_event, put_journey, rows
from tests.integration.outbox import (
    HELLO,
    Recorder,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, log, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.policy import rules_from
from huiliu.planning.rollout import Stage, parsed_rollout
from huiliu.ports.channel import Receipt
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.publish import publish
from huiliu.services.receive import receive
from huiliu.services.roll_out import (
    hold_rollout,
    list_rollouts,
    look_now,
    move_rollout,
    remove_rollout,
    resume_rollout,
    roll_out,
    show_rollout,
)
from huiliu.services.staff_tasks import list_tasks
from huiliu.services.why_not import not_entered
from huiliu.stores.clock import SimulatedClock

FREE = rules_from(1_000, "00:00", "00:00")
CARE = """\
huiliu: 1
kind: journey
slug: care
name: {en: Care}
entry: {event: Order Shipped, key: order_id, again: never}
start: tell
nodes:
  tell: {type: send, channel: email, template: hello, next: end}
  end: {type: exit, reason: told}
"""
ROLLOUT = """\
huiliu: 1
kind: rollout
slug: care-first
name: {en: Care first}
journeys: [care]
tiers:
  - {name: core, channels: [email]}
  - {name: rest}
steps: [10, 50, 100]
owner: ada
data_flows:
  - {metric: collected_events, at_least: 10, within: 1d}
gates:
  - {metric: delivery_rate, at_least: 0.9, least: 5}
"""


@pytest.fixture
def channel() -> Recorder:
    """Give the channel through which messages go."""
    return Recorder()


@pytest.fixture
def shop(world: World, channel: Recorder, tmp_path: Path) -> Iterator[World]:
    """Lend a shop with a journey, a warehouse and a roll-out that was just published."""
    with with_warehouse(world, tmp_path) as opened:
        wired = with_providers(opened, channel, rules=FREE)
        put_template(wired, HELLO)
        put_journey(wired, CARE)
        publish(wired, BRAND, ROLLOUT, "ada", kind="rollout")
        yield wired


def stage(world: World) -> tuple[str, int, float]:
    """Return the state, tier and percent of the roll-out."""
    row = show_rollout(world, BRAND, "care-first").row
    return row.state, row.tier, row.percent


def chosen(people: list[int], percent: float) -> set[int]:
    """Return those of the people whom a stage of the core tier has."""
    rollout = parsed_rollout(ROLLOUT)
    return {one for one in people if rollout.has(Stage(0, percent), "email", one)}


def fates(world: World, queued: dict[int, bytes]) -> dict[int, str]:
    """Return what became of each person's message."""
    found = {one: message(world, mid) for one, mid in queued.items()}
    return {one: f"{row.status} {row.reason}".strip() for one, row in found.items()}


def deliver(world: World, channel: Recorder, *, every: int = 1) -> None:
    """Let the provider report every so-many-th message as delivered, the others as failed."""
    channel.waiting = [
        Receipt(
            "email", "main", f"p-{one.message_id.hex()}",
            "failed" if nth % every else "delivered", "told",
        )
        for nth, one in enumerate(channel.sent)
    ]  # fmt: skip
    receive(world)
    settle(world)


def test_nobody_is_reached_before_data_flows(shop: World, channel: Recorder) -> None:
    """At gate 0 even the first people wait; the reason says so."""
    people = [someone(shop) for _ in range(30)]
    queued = {one: queue(shop, one, journey="care") for one in people}
    project_all(shop)
    dispatch(shop)

    assert channel.sent == []
    assert set(fates(shop, queued).values()) == {"not_sent not_rolled_out"}
    assert stage(shop) == ("checking", 0, 0)
    with shop.store.system() as tx:
        told = [e for e in tx.log.read(0, 0, 500) if e.name == "Message Not Sent"]
    assert len(told) == 30


def test_a_stage_reaches_its_people_and_nobody_else(
    shop: World, channel: Recorder, clock: SimulatedClock
) -> None:
    """Those of 10 % are among those of 50 %; a channel of the next tier has nobody yet."""
    people = [someone(shop) for _ in range(60)]
    settle(shop)
    assert roll_out(shop) == 1
    assert stage(shop) == ("running", 0, 10)
    first = {one: queue(shop, one, journey="care") for one in people}
    dispatch(shop)
    move_rollout(shop, BRAND, "care-first", Stage(0, 50), "ada", "the first looked well")
    clock.advance(HOUR)
    second = {one: queue(shop, one, journey="care", node="again") for one in people}
    dispatch(shop)

    tenth, half = chosen(people, 10), chosen(people, 50)
    assert 0 < len(tenth) < len(half) < 60
    assert tenth < half
    assert {one for one, fate in fates(shop, first).items() if fate == "sent"} == tenth
    assert {one for one, fate in fates(shop, second).items() if fate == "sent"} == half
    assert len(channel.sent) == len(tenth) + len(half)


def test_a_journey_begins_for_the_people_of_its_stage_only(shop: World) -> None:
    """Whoever is outside leaves no run behind; of another journey nothing is asked."""
    put_journey(shop, CARE.replace("slug: care", "slug: other").replace("Shipped", "Delivered"))
    names = [str(nth) for nth in range(40)]
    log(shop, *(order_event("Order Shipped", f"o{name}", who=name) for name in names))
    project_all(shop)
    assert rows(shop, "select count(*) from journey_runs") == [(0,)]
    settle(shop)
    roll_out(shop)
    log(shop, *(order_event("Order Shipped", f"p{name}", who=name) for name in names))
    log(shop, *(order_event("Order Delivered", f"p{name}", who=name) for name in names))
    project_all(shop)

    counted = rows(shop, "select journey, count(*) from journey_runs group by 1")
    begun = {str(journey): int(str(n)) for journey, n in counted}
    everybody = [int(str(row[0])) for row in rows(shop, "select profile_id from profiles")]
    inside = chosen(everybody, 10)
    assert begun == {"other": 40, "care": len(inside)}
    outside = next(one for one in everybody if one not in inside)
    with shop.store.system() as tx:
        told = not_entered(tx, shop, BRAND, [outside], ["care"], (0, NOW + DAY))
    assert {one.reason for one in told} == {"not_rolled_out"}


def test_a_roll_out_goes_on_by_its_gates_until_everybody_is_reached(
    shop: World, channel: Recorder, clock: SimulatedClock
) -> None:
    """A day at each step, delivery above its bound; then the next tier, from gate 0 again."""
    people = [someone(shop) for _ in range(120)]
    settle(shop)
    seen = []
    for _ in range(9):
        roll_out(shop)
        seen.append(stage(shop))
        if stage(shop)[0] == "done":
            break
        for one in people:
            queue(shop, one, journey="care", node=f"n{len(seen)}")
        dispatch(shop, 1_000)
        assert roll_out(shop) == 0
        clock.advance(DAY)
        for nth in range(10):
            number = f"z{len(seen)}-{nth}"
            log(shop, order_event("Order Paid", number, who=f"z{nth}", at=clock.now()))
        deliver(shop, channel)

    assert seen[:4] == [("running", 0, 10), ("running", 0, 50), ("running", 0, 100),
                        ("checking", 1, 0)]  # fmt: skip
    assert seen[4][:2] == ("running", 1)
    moves = show_rollout(shop, BRAND, "care-first").moves
    assert [one.what for one in moves][-1] == "began"
    assert {one.by for one in moves} == {""}
    passed = next(one for one in moves if one.percent == 50)
    reading = next(one for one in passed.readings if one.metric == "delivery_rate")
    assert (reading.value, reading.verdict) == (1.0, "passed")
    assert reading.n == len(chosen(people, 10))


def test_a_gate_that_fails_holds_it_and_asks_for_help(
    shop: World, channel: Recorder, clock: SimulatedClock
) -> None:
    """A third of the messages arrives: nothing more goes out, its owner gets one task."""
    people = [someone(shop) for _ in range(80)]
    settle(shop)
    roll_out(shop)
    move_rollout(shop, BRAND, "care-first", Stage(0, 50), "ada", "hurry")
    for one in people:
        queue(shop, one, journey="care")
    dispatch(shop)
    clock.advance(2 * HOUR)
    deliver(shop, channel, every=3)
    for _ in range(3):
        roll_out(shop)
        clock.advance(HOUR)

    assert stage(shop) == ("held", 0, 50)
    [task] = list_tasks(shop, BRAND)
    assert (task.assignee, task.link) == ("ada", "/rollouts/care-first")
    assert "delivery_rate" in task.title
    n_sent = len(channel.sent)
    waiting = {one: queue(shop, one, journey="care", node="later") for one in people}
    dispatch(shop)
    assert len(channel.sent) == n_sent
    inside = chosen(people, 50)
    fate = fates(shop, waiting)
    assert {one for one, said in fate.items() if said == "queued rollout_held"} == inside
    with pytest.raises(Conflict):
        hold_rollout(shop, BRAND, "care-first", "ada")

    resume_rollout(shop, BRAND, "care-first", "ada", "the provider mended it")
    dispatch(shop)
    assert {one for one, said in fates(shop, waiting).items() if said == "sent"} == inside
    # What was held against it is over; the stage is measured anew.
    look_now(shop, BRAND, "care-first")
    assert stage(shop) == ("running", 0, 50)
    with pytest.raises(Conflict):
        resume_rollout(shop, BRAND, "care-first", "ada")


def test_where_messages_wait_they_go_when_the_stage_has_their_people(
    shop: World, channel: Recorder, clock: SimulatedClock
) -> None:
    """Nobody of a campaign's audience is lost; each is judged again at once."""
    publish(shop, BRAND, f"{ROLLOUT}outside: wait\n", "ada", kind="rollout")
    people = [someone(shop) for _ in range(40)]
    settle(shop)
    roll_out(shop)
    queued = {one: queue(shop, one, journey="care") for one in people}
    dispatch(shop)
    rest = set(people) - chosen(people, 10)
    assert {one for one, fate in fates(shop, queued).items() if fate != "sent"} == rest
    assert dispatch(shop) == 0

    remove_rollout(shop, BRAND, "care-first", "ada")
    clock.advance(HOUR // 60)
    dispatch(shop)

    assert set(fates(shop, queued).values()) == {"sent"}
    assert len(channel.sent) == 40
    assert list_rollouts(shop, BRAND) == []
    with pytest.raises(NotFound):
        show_rollout(shop, BRAND, "care-first")


def test_a_warehouse_that_is_away_moves_nothing(shop: World, clock: SimulatedClock) -> None:
    """Nobody goes on blindly, and nobody is stopped."""
    from dataclasses import replace

    from huiliu.kernel.errors import Unavailable

    class Away:
        def population(self, brand_id: int, at: int | None = None) -> None:
            raise Unavailable("warehouse", "test")

    assert roll_out(replace(shop, warehouse=Away())) == 1  # type: ignore[arg-type]
    row = show_rollout(shop, BRAND, "care-first").row
    assert (row.state, row.fault, row.readings) == ("checking", "Unavailable", ())
    assert roll_out(shop) == 0
    clock.advance(HOUR)
    assert roll_out(shop) == 1
    assert show_rollout(shop, BRAND, "care-first").row.fault == ""


def test_long_waiting_is_told_once(shop: World, clock: SimulatedClock) -> None:
    """After a week without an answer somebody is asked to look; not every quarter of an hour."""
    for _ in range(20):
        roll_out(shop)
        clock.advance(12 * HOUR)

    assert stage(shop)[0] == "checking"
    [task] = list_tasks(shop, BRAND)
    assert "collected_events" in task.title


def test_by_hand_it_goes_only_where_it_can(shop: World) -> None:
    """All problems at once; a document that names no journey is refused."""
    with pytest.raises(BadInput) as fault:
        move_rollout(shop, BRAND, "care-first", Stage(5, 33), "ada", " ")
    assert [one.path for one in fault.value.problems] == ["tier", "percent", "note"]
    with pytest.raises(BadInput) as fault:
        publish(shop, BRAND, ROLLOUT.replace("[care]", "[care, nothing]"), "ada", kind="rollout")
    assert [one.path for one in fault.value.problems] == ["journeys[1]"]
