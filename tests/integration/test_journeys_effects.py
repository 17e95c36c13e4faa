"""What nodes cause besides messages happens once, with the move, and its answers come back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.journeys import order_event, put_journey, rows
from tests.integration.people import BRAND, NOW, log, person, project_all, traits

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.calls import parse_calls
from huiliu.services.enter_journey import enter_journey
from huiliu.services.ingest import preparer
from huiliu.services.staff_tasks import finish_task, list_tasks
from huiliu.services.sweep import stop_journey, sweep
from huiliu.stores.clock import SimulatedClock

HEAD = """huiliu: 1
kind: journey
slug: {slug}
name: {{en: {slug}}}
entry: {{event: Order Paid, key: order_id}}
nodes:
"""
ENDS = "select key, state, reason from journey_runs order by key"


def journey(nodes: str, slug: str = "effects") -> str:
    """Return a journey with these nodes that an order begins."""
    return HEAD.format(slug=slug) + nodes


def settle(world: World) -> None:
    """Project and advance until nothing moves."""
    while True:
        project_all(world)
        if not advance(world):
            return


def told(world: World, name: str) -> list[dict[str, object]]:
    """Return the properties of Huiliu's own events of a name."""
    with world.store.system() as tx:
        events = [one for one in tx.log.read(0, 0, 10_000) if one.name == name]
    return [json.loads(one.body)["properties"] for one in events]


def test_an_event_and_traits_are_told_to_the_log_once(world: World) -> None:
    """What a journey emits begins other journeys, and sets traits as an identify call does."""
    put_journey(
        world,
        journey("""\
  say: {type: emit, event: Praised, properties: {how: well}, next: mark}
  mark: {type: set_traits, traits: {tier: gold}, next: done}
  done: {type: exit}
"""),
    )
    put_journey(
        world,
        """huiliu: 1
kind: journey
slug: listener
name: {en: Listener}
entry: {event: Praised}
nodes: {done: {type: exit}}
""",
    )
    log(world, order_event("Order Paid", "o1"))

    settle(world)

    assert told(world, "Praised") == [{"how": "well"}]
    assert traits(world, person(world, "user_id:ada"))["tier"] == "gold"
    assert rows(world, "select journey, state from journey_runs order by journey") == [
        ("effects", "ended"), ("listener", "ended"),
    ]  # fmt: skip


TASK = """\
  ring:
    type: task
    title: Ring them
    assignee: care
    outcomes: [{outcome: reached, next: good}, {outcome: wrong number, next: bad}]
    timeout: 2d
    else: late
  good: {type: exit, reason: good}
  bad: {type: exit, reason: bad}
  late: {type: exit, reason: late}
"""


def test_a_tasks_outcome_leads_on(world: World) -> None:
    """Staff see the task, end it with one of its outcomes, and the run goes that way."""
    put_journey(world, journey(TASK))
    log(world, order_event("Order Paid", "o1"), order_event("Order Paid", "o2"))
    settle(world)
    opened = list_tasks(world, BRAND, assignee="care")
    mine = next(
        one
        for one in opened
        if rows(world, f"select key from journey_runs where run_id = '\\x{one.run_id.hex()}'")
        == [("o1",)]
    )

    finish_task(world, BRAND, mine.task_id, "reached", "user:7", "nice talk")
    settle(world)

    assert len(opened) == 2
    assert rows(world, ENDS) == [("o1", "ended", "good"), ("o2", "active", "")]
    assert [one.outcome for one in list_tasks(world, BRAND, is_open=False)] == ["reached"]
    with pytest.raises(Conflict):
        finish_task(world, BRAND, mine.task_id, "reached", "user:7")
    with pytest.raises(BadInput):
        finish_task(world, BRAND, list_tasks(world, BRAND)[0].task_id, "asleep", "user:7")
    with pytest.raises(NotFound):
        finish_task(world, BRAND, bytes(16), "reached", "user:7")


@pytest.mark.parametrize("how", ["exited", "goal", "aborted", "ended"])
def test_a_task_is_withdrawn_when_its_run_ends(
    world: World, clock: SimulatedClock, how: str
) -> None:
    """Nobody is asked to ring about an order that is settled; who comes too late is told so."""
    head = "nodes:\n"
    if how in {"exited", "goal"}:
        word = {
            "exited": "exit_when: [{event: Order Shipped}]",
            "goal": "goal: {event: Order Shipped}",
        }
        head = f"{word[how]}\nnodes:\n"
    put_journey(world, journey(TASK).replace("nodes:\n", head))
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    [task] = list_tasks(world, BRAND)

    if how == "aborted":
        stop_journey(world, BRAND, "effects")
        while sweep(world):
            pass
    elif how == "ended":
        clock.set(NOW + 3 * DAY)
        advance(world)
    else:
        log(world, order_event("Order Shipped", "o1"))
        settle(world)

    assert rows(world, "select state from journey_runs") == [(how,)]
    assert list_tasks(world, BRAND) == []
    assert [one.outcome for one in list_tasks(world, BRAND, is_open=False)] == ["withdrawn"]
    with pytest.raises(Conflict):
        finish_task(world, BRAND, task.task_id, "reached", "user:7")


def test_a_task_that_no_run_waits_for_stays_until_it_is_done(world: World) -> None:
    """The run asked for it and came to its end; the staff still do it."""
    put_journey(
        world,
        journey("""\
  ring: {type: task, title: Ring them, next: done}
  done: {type: exit}
"""),
    )
    log(world, order_event("Order Paid", "o1"))
    settle(world)
    [task] = list_tasks(world, BRAND)
    with pytest.raises(BadInput):
        finish_task(world, BRAND, task.task_id, "asleep", "user:7")
    finish_task(world, BRAND, task.task_id, "done", "user:7")

    assert rows(world, "select state from journey_runs") == [("ended",)]
    assert [one.outcome for one in list_tasks(world, BRAND, is_open=False)] == ["done"]


CALLER = """\
  hand-over:
    type: call_journey
    journey: called
    properties: {gift: {entry: gift}}
    wait: true
    timeout: 9d
    next: back
    else: late
  back: {type: exit, reason: back}
  late: {type: exit, reason: late}
"""
CALLED = """huiliu: 1
kind: journey
slug: called
name: {en: Called}
entry: {api: true}
exit_when: [{event: Order Cancelled}]
nodes:
  think: {type: wait, for: 2d, next: done}
  done: {type: exit}
"""


@pytest.mark.parametrize("how", ["ended", "exited", "aborted"])
def test_a_caller_waits_for_the_end_of_the_other_journey(
    world: World, clock: SimulatedClock, how: str
) -> None:
    """However the called run ends, its caller is told and goes on."""
    put_journey(world, journey(CALLER))
    put_journey(world, CALLED)
    log(world, order_event("Order Paid", "o1", gift="mug"))
    settle(world)
    before = rows(world, "select journey, state from journey_runs order by journey")

    if how == "ended":
        clock.set(NOW + 2 * DAY)
    elif how == "exited":
        log(world, order_event("Order Cancelled", "x", at=NOW))
    else:
        stop_journey(world, BRAND, "called")
        while sweep(world):
            pass
    settle(world)

    assert before == [("called", "active"), ("effects", "active")]
    assert rows(world, "select journey, state, reason from journey_runs order by journey")[1] == (
        "effects", "ended", "back"
    )  # fmt: skip
    assert [one["state"] for one in told(world, "Journey Ended")] == [how]


def test_a_caller_is_told_at_once_when_nobody_enters(world: World) -> None:
    """A journey that is not there, or takes nobody, keeps no run waiting."""
    put_journey(world, journey(CALLER))
    log(world, order_event("Order Paid", "o1"))

    settle(world)

    assert rows(world, ENDS) == [("o1", "ended", "back")]
    assert [one["state"] for one in told(world, "Journey Ended")] == ["refused"]


def test_a_server_lets_people_in(world: World) -> None:
    """A known and a new person enter with their properties; a repeat lets nobody in twice."""
    put_journey(world, CALLED.replace("{api: true}", "{api: true, key: gift}"))
    log(world, order_event("Order Paid", "o1", who="ada"))
    project_all(world)
    people = [
        {"userId": "ada", "messageId": "m1", "properties": {"gift": "mug", "run": "00"}},
        {"userId": "new", "messageId": "m2", "properties": {"gift": "cup"}},
    ]

    first = enter_journey(world, BRAND, "called", people)
    again = enter_journey(world, BRAND, "called", people)
    settle(world)

    assert (first, again) == (2, 0)
    assert rows(world, "select key, state from journey_runs order by key") == [
        ("cup", "active"), ("mug", "active"),
    ]  # fmt: skip
    assert rows(world, "select count(*) from profiles") == [(3,)]  # ada by another key, ada, new
    assert [one.get("run") for one in told(world, "Journey Called")] == [None, None]


def test_people_enter_by_call_only_where_that_is_the_entry(world: World) -> None:
    """No such journey, one that is paused, one with another entry, and nobody at all are told."""
    put_journey(world, journey("  done: {type: exit}\n"))
    put_journey(world, CALLED, "paused")
    one = [{"userId": "ada"}]

    with pytest.raises(NotFound):
        enter_journey(world, BRAND, "missing", one)
    with pytest.raises(Conflict):
        enter_journey(world, BRAND, "called", one)
    with pytest.raises(BadInput):
        enter_journey(world, BRAND, "effects", one)
    put_journey(world, CALLED)
    with pytest.raises(BadInput) as nobody:
        enter_journey(world, BRAND, "called", [{"properties": {}}])
    with pytest.raises(BadInput):
        enter_journey(world, BRAND, "called", [])
    assert [found.path for found in nobody.value.problems] == ["people[0]"]


QUOTA = """\
  gate: {type: quota, limit: 7, per: total, next: gift, else: none}
  gift: {type: emit, event: Gift Given, next: good}
  good: {type: exit, reason: good}
  none: {type: exit, reason: none}
"""


def test_a_quota_is_never_exceeded_however_many_workers(world: World) -> None:
    """Eight workers over a hundred runs: seven get through, all the others are told no."""
    put_journey(world, journey(QUOTA))
    log(world, *(order_event("Order Paid", f"o{nth}", who=f"p{nth}") for nth in range(100)))
    project_all(world)

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda limit: [advance(world, limit) for _ in range(30)], range(1, 9)))
    settle(world)

    assert rows(world, "select reason, count(*) from journey_runs group by 1 order by 1") == [
        ("good", 7), ("none", 93),
    ]  # fmt: skip
    assert rows(world, "select used from journey_quotas") == [(7,)]
    assert len(told(world, "Gift Given")) == 7


def test_a_daily_quota_lets_the_rest_through_on_later_days(
    world: World, clock: SimulatedClock
) -> None:
    """Who finds nothing left waits for the brand's next day."""
    put_journey(
        world,
        journey("""\
  gate: {type: quota, limit: 2, per: day, next: done}
  done: {type: exit}
"""),
    )
    log(world, *(order_event("Order Paid", f"o{nth}", who=f"p{nth}") for nth in range(5)))
    ended = []
    for day in range(3):
        clock.set(NOW + day * DAY)
        settle(world)
        ended.append(rows(world, "select count(*) from journey_runs where state = 'ended'")[0][0])

    assert ended == [2, 4, 5]


def test_a_held_out_person_is_watched_and_never_written_to(
    world: World, clock: SimulatedClock
) -> None:
    """Their runs reach the goal or end with its window; nothing else happens to them."""
    source = journey("""\
  say: {type: emit, event: Praised, next: rest}
  rest: {type: wait, for: 9d, next: done}
  done: {type: exit}
""").replace("nodes:", "holdout: 50%\ngoal: {event: Order Delivered, within: 5d}\nnodes:")
    put_journey(world, source)
    log(world, *(order_event("Order Paid", f"o{nth}", who=f"p{nth}") for nth in range(40)))
    settle(world)
    held = rows(world, "select count(*) from journey_tokens where node = '$holdout'")[0][0]
    log(world, *(order_event("Order Delivered", f"o{nth}", at=NOW + HOUR, who=f"p{nth}")
                 for nth in range(0, 40, 2)))  # fmt: skip
    settle(world)
    clock.set(NOW + 5 * DAY)
    settle(world)

    assert isinstance(held, int)
    assert 8 <= held <= 32
    assert len(told(world, "Praised")) == 40 - held
    assert rows(world, "select count(*) from journey_runs where state = 'goal'") == [(20,)]
    left = rows(world, "select count(*) from journey_runs where reason = 'held_out'")[0][0]
    assert isinstance(left, int)
    assert rows(world, "select count(*) from journey_runs where state = 'active'") == [(20 - left,)]


def test_nobody_else_tells_huilius_own_events(world: World) -> None:
    """A key that collects may not say that a segment was entered or a webhook answered."""
    calls = [
        {"type": "track", "userId": "ada", "event": name}
        for name in ("Webhook Answered", "Segment Entered", "Journey Called", "Order Paid")
    ]
    batch, _ = parse_calls(json.dumps({"batch": calls}).encode())

    prepared = preparer(world, BRAND).prepare(batch, NOW)

    assert [(nth, problem.text.key) for nth, problem in prepared.problems] == [
        (nth, "collect.reserved_name") for nth in range(3)
    ]
    assert [event.name for event in prepared.events] == ["Order Paid"]
