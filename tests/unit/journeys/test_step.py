"""A step moves a run as far as it goes, the same way every time."""

from __future__ import annotations

import msgspec

from huiliu.journeys import (
    Caused,
    EntryEvent,
    Finish,
    Journey,
    Moment,
    Queue,
    Stepped,
    Token,
    is_cancelled,
    parsed,
    scope_of,
    step,
)
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.times import DAY, HOUR

NOW = 1_000 * DAY
HEAD = """huiliu: 1
kind: journey
slug: j
name: {en: J}
entry: {event: Order Paid, key: order_id}
"""


def facts(*events: EventFact, **traits: object) -> Facts:
    """Return what is known of a person."""
    by_name: dict[str, list[EventFact]] = {}
    for found in events:
        by_name.setdefault(found.name, []).append(found)
    return Facts(7, traits, by_name)  # type: ignore[arg-type] # JSON values


def did(name: str, at: int = NOW, **properties: object) -> EventFact:
    """Return one event of a person."""
    return EventFact(name, at, at, properties)  # type: ignore[arg-type] # same


def take(
    journey: Journey, node: str, known: Facts, *, now: int = NOW, memory: bytes = b"",
    total: int = 50,
) -> Stepped:  # fmt: skip
    """Step a run of order o1 that stands at a node."""
    entry = EntryEvent("Order Paid", NOW, {"order_id": "o1", "total": total})
    token = Token(node, 1, now, memory)
    return step(journey, scope_of(journey, "o1", NOW), entry, token, known, Moment(now))


def test_a_wait_rests_for_its_length_and_then_goes_on() -> None:
    """The run rests three days and no microsecond less."""
    journey = parsed(HEAD + "nodes: {w: {type: wait, for: 3d, next: x}, x: {type: exit}}")

    rest = take(journey, "w", facts()).token
    assert rest is not None
    early = take(journey, "w", facts(), now=rest.due_at - 1, memory=rest.memory)
    late = take(journey, "w", facts(), now=rest.due_at, memory=rest.memory)

    assert rest.due_at == NOW + 3 * DAY
    assert early.token == Token("w", 1, rest.due_at, rest.memory)
    assert late.finish == Finish("ended", "completed")
    assert [trace.what for trace in late.trace] == ["waited", "ended"]


BRANCH = (
    HEAD
    + """
nodes:
  b:
    type: branch
    ways:
      - where: [{property: total, above: 100}]
        when: {trait: tier, is: gold}
        next: both
      - when: {did: Order Paid, at_least: 2}
        next: twice
      - when: {did: Order Paid, at_least: 1}
        same_key: true
        next: same
    else: neither
  both: {type: exit, reason: both}
  twice: {type: exit, reason: twice}
  same: {type: exit, reason: same}
  neither: {type: exit, reason: neither}
"""
)


def test_a_branch_takes_the_first_way_that_is_open() -> None:
    """Person and entry event are asked; the first match wins; else is for the rest."""
    journey = parsed(BRANCH)
    first, second = did("Order Paid", order_id="o1"), did("Order Paid", order_id="o2")

    found = [
        take(journey, "b", facts(first, second, tier="gold"), total=101).finish,
        take(journey, "b", facts(first, second, tier="gold"), total=100).finish,
        take(journey, "b", facts(first), total=101).finish,
        take(journey, "b", facts(second), total=101).finish,
    ]

    assert [end.reason for end in found if end] == ["both", "twice", "same", "neither"]


SEND = (
    HEAD
    + """
exit_when: [{event: Order Shipped}]
nodes:
  s: {type: send, channel: email, template: t, class: service, expires: 1h, next: w}
  w: {type: wait, for: 1d, next: x}
  x: {type: exit}
"""
)


def test_a_send_decides_on_one_message_and_goes_on() -> None:
    """The message knows until when it is worth sending, and what cancels it."""
    stepped = take(parsed(SEND), "s", facts())

    [message] = stepped.effects
    assert (message.node, message.visit) == ("s", 1)
    queue = message.effect
    assert isinstance(queue, Queue)
    assert (queue.template, queue.channel, queue.message_class) == ("t", "email", "service")
    assert queue.expires_at == NOW + HOUR
    assert stepped.token is not None
    assert stepped.token.node == "w"


def _cancel_when(caused: Caused) -> bytes:
    """Return what cancels a message."""
    assert isinstance(caused.effect, Queue)
    return caused.effect.cancel_when


def test_a_message_is_cancelled_by_what_ends_the_journey_unless_it_says_otherwise() -> None:
    """No one is told to be patient about a shipped order; other orders say nothing."""
    [default] = take(parsed(SEND), "s", facts()).effects
    own = SEND.replace("expires: 1h", "cancel_when: [{event: Order Refunded}]")
    [refunded] = take(parsed(own), "s", facts()).effects
    none = SEND.replace("expires: 1h", "cancel_when: []")
    [never] = take(parsed(none), "s", facts()).effects
    shipped = facts(did("Order Shipped", NOW - DAY, order_id="o1"))
    other = facts(did("Order Shipped", order_id="o2"))

    assert is_cancelled(_cancel_when(default), shipped)
    assert not is_cancelled(_cancel_when(default), other)
    assert not is_cancelled(_cancel_when(refunded), shipped)
    assert _cancel_when(never) == b""
    assert not is_cancelled(b"", shipped)


def test_without_a_key_only_events_since_the_entry_cancel() -> None:
    """An old purchase does not answer a new cart."""
    source = SEND.replace(", key: order_id", "")
    [message] = take(parsed(source), "s", facts()).effects
    assert isinstance(message.effect, Queue)
    cancel_when = message.effect.cancel_when

    assert not is_cancelled(cancel_when, facts(did("Order Shipped", NOW - 1)))
    assert is_cancelled(cancel_when, facts(did("Order Shipped", NOW)))


def test_the_event_that_began_a_run_is_not_one_that_ends_it() -> None:
    """Who buys again reaches the goal of a journey that a purchase began, not by that purchase."""
    source = SEND.replace(", key: order_id", "") + "goal: {event: Order Paid}\n"
    [message] = take(parsed(source), "s", facts()).effects
    assert isinstance(message.effect, Queue)
    cancel_when = message.effect.cancel_when

    assert not is_cancelled(cancel_when, facts(did("Order Paid", NOW)))
    assert is_cancelled(cancel_when, facts(did("Order Paid", NOW), did("Order Paid", NOW + 1)))


LOOP = (
    HEAD
    + """
nodes:
  ask: {type: send, template: t, next: w}
  w: {type: wait, for: 1d, next: more}
  more:
    type: branch
    ways: [{when: {trait: done, is: true}, next: x}]
    else: ask
  x: {type: exit}
"""
)


def test_each_round_of_a_loop_is_another_visit() -> None:
    """So each round's message has its own id, and repeating a step makes no second one."""
    journey = parsed(LOOP)
    token = Token("ask", 1, NOW)
    seen: list[tuple[str, int]] = []
    entry = EntryEvent("Order Paid", NOW, {})
    for _ in range(3):
        moment = Moment(token.due_at)
        stepped = step(journey, scope_of(journey, "o1", NOW), entry, token, facts(), moment)
        seen.extend((message.node, message.visit) for message in stepped.effects)
        assert stepped.token is not None
        token = stepped.token

    assert seen == [("ask", 1), ("ask", 2), ("ask", 3)]


def test_an_exit_condition_ends_a_run_before_it_moves() -> None:
    """What holds now matters, wherever the run stands."""
    source = SEND.replace("{event: Order Shipped}", "{condition: {trait: tier, is: gold}}")

    stepped = take(parsed(source), "s", facts(tier="gold"))

    assert stepped.finish == Finish("exited", "condition 1")
    assert stepped.effects == ()
    assert msgspec.json.decode(stepped.trace[0].details) == {"reason": "condition 1"}
