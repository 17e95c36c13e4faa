"""Every document of every node is printed as it was read, and steps depend on nothing else."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.journey_documents import AROUND, MAKERS, documents

from huiliu.journeys import (
    NODES,
    EntryEvent,
    Journey,
    Moment,
    Stepped,
    Token,
    parse,
    parsed,
    scope_of,
    step,
)
from huiliu.journeys.explain import explain
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.times import DAY, HOUR

_START = 20_000 * DAY


@settings(deadline=None)
@given(documents())
def test_every_document_is_printed_as_it_was_read(journey: Journey) -> None:
    """Parse and print are inverse for all nodes and entries, and the value is the same."""
    source = journey.source()
    again = parsed(source, AROUND)

    assert again.source() == source
    assert again == journey
    assert again.entry == journey.entry
    assert {name: node.tree() for name, node in again.nodes.items()} == {
        name: node.tree() for name, node in journey.nodes.items()
    }


_EVENTS = st.sampled_from([
    "A", "B", "Order Paid", "Segment Entered", "Segment Exited", "Message Opened",
])  # fmt: skip

_KEYS: st.SearchStrategy[str | int] = st.sampled_from(["x", "y", 1])


@st.composite
def lives(draw: st.DrawFn) -> list[EventFact]:
    """Return what happens to a person in ten days, by position."""
    hours = sorted(draw(st.lists(st.integers(0, 240), max_size=12)))
    return [
        EventFact(
            draw(_EVENTS), _START + hour * HOUR, nth + 1,
            {"k": draw(_KEYS), "segment": "vip", "n": draw(st.integers(0, 9))},
        )
        for nth, hour in enumerate(hours)
    ]  # fmt: skip


def walk(journey: Journey, life: list[EventFact], room: int, person: int) -> list[Stepped]:
    """Return all steps of one run: at its timers, and after each event that wakes it."""
    events: dict[str, list[EventFact]] = {}
    facts = Facts(person, {"zone": "Asia/Tokyo", "t": "x"}, events)
    scope = scope_of(journey, "x" if journey.entry.key else "", _START)
    entry = EntryEvent("A", _START, {"k": "x"})
    token: Token | None = Token(journey.start, 1, _START)
    steps: list[Stepped] = []
    coming, position = list(life), 0
    rooms = dict.fromkeys(journey.nodes, room)
    for _ in range(300):
        if token is None or token.due_at > _START + 60 * DAY:
            break
        wakes = journey.listens(token.node)
        now = token.due_at
        while coming and coming[0].occurred_at <= token.due_at:
            fact = coming.pop(0)
            events.setdefault(fact.name, []).append(fact)
            position = fact.position + 1
            if fact.name in wakes:
                now = max(fact.occurred_at, _START)
                break
        moment = Moment(now, position, 1, bytes(16), rooms, person)
        stepped = step(journey, scope, entry, token, facts, moment)
        again = step(journey, scope, entry, token, facts, moment)
        assert again == stepped, "a step depends on its arguments alone"
        steps.append(stepped)
        token = stepped.token
    return steps


@settings(deadline=None)
@given(documents(), lives(), st.integers(0, 9), st.integers(1, 50))
def test_a_run_has_one_token_or_an_end_and_causes_nothing_twice(
    journey: Journey, life: list[EventFact], room: int, person: int
) -> None:
    """Whatever the nodes: no token is lost, no effect has another's identity, time goes forward."""
    steps = walk(journey, life, room, person)

    caused = [
        (one.node, one.visit, type(one.effect).__name__, getattr(one.effect, "nth", 0))
        for stepped in steps
        for one in stepped.effects
    ]
    assert len(caused) == len(set(caused))
    for stepped in steps:
        assert (stepped.token is None) == (stepped.finish is not None)
        assert all(claim.amount > 0 for claim in stepped.claims)
        if stepped.token is not None:
            assert stepped.token.node in journey.nodes
        for trace in stepped.trace:
            details = msgspec.json.decode(trace.details)
            assert str(explain(journey, trace.node, trace.what, details))


@settings(deadline=None)
@given(documents(), lives(), st.integers(1, 50))
def test_waking_a_run_earlier_than_it_asked_changes_no_way(
    journey: Journey, life: list[EventFact], person: int
) -> None:
    """A step that comes too early leaves the run where it is, with nothing done."""
    for stepped in walk(journey, life, 1, person):
        token = stepped.token
        if token is None or journey.exits:
            continue
        moment = Moment(token.due_at - 1, 10**6, 1, bytes(16), {}, person)
        scope = scope_of(journey, "x" if journey.entry.key else "", _START)
        early = step(
            journey, scope, EntryEvent("A", _START, {"k": "x"}), token, Facts(person), moment
        )
        if early.token is not None and early.token.node == token.node:
            assert early.effects == ()
            assert early.token.due_at <= max(token.due_at, token.due_at + 366 * DAY)


def test_a_journey_of_two_hundred_nodes_with_loops_is_read_whole() -> None:
    """Each way back is known, and nothing is taken for a loop that ends."""
    lines = ["huiliu: 1\nkind: journey\nslug: big\nname: {en: Big}\nentry: {event: A}\nnodes:"]
    for nth in range(200):
        to, back = f"n{nth + 1}", f"n{max(0, nth - 7)}"
        lines.append((
            f"  n{nth}: {{type: wait, for: 1d, next: {to}}}",
            f"  n{nth}: {{type: send, template: t, next: {to}}}",
            f"  n{nth}: {{type: branch, ways: [{{when: {{did: B}}, next: {back}}}], else: {to}}}",
            f"  n{nth}: {{type: goto, to: {back}, most: 2, next: {to}}}",
        )[nth % 4])  # fmt: skip

    journey, problems = parse("\n".join([*lines, "  n200: {type: exit}\n"]), AROUND)

    assert problems == ()
    assert journey is not None
    assert len(journey.backward) == 100


def test_every_node_is_drawn_at_random() -> None:
    """A new node has to be made here as well."""
    assert set(MAKERS) | {"exit"} == set(NODES)
