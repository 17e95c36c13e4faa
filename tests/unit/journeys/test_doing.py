"""Nodes that do something: traits, tags, lists, events, servers, staff, journeys, rounds."""

# ruff: noqa: E501, ISC004 - a node a line
from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.journeys.standing import (
    NOW,
    RUN,
    did,
    end,
    facts,
    faults,
    instant,
    journey,
    take,
    told,
)

from huiliu.journeys import Call, Emit, Journey, Known, Open, SetTraits, Stepped, Token, check_known
from huiliu.journeys.explain import explain
from huiliu.kernel.facts import EventFact
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND, show_instant


def effect(stepped: Stepped) -> Any:
    """Return the one effect of a step."""
    [caused] = stepped.effects
    assert (caused.node, caused.visit) == ("n", 1)
    return caused.effect


def answered(name: str, **properties: Any) -> EventFact:
    """Return an answer to the first visit of the node of the run."""
    return did(name, NOW, run=RUN.hex(), node="n", visit=1, **properties)


def again(of: Journey, rest: Stepped, *events: EventFact, now: int = NOW + SECOND) -> Stepped:
    """Step a run that rests."""
    assert rest.token is not None
    return take(of, facts(*events), now=now, token=rest.token)


def test_traits_take_values_from_everywhere() -> None:
    """Plain ones, the entry's, the person's, the present; null takes one away."""
    of = journey(
        "{type: set_traits, traits: {a: 1, b: {entry: total}, c: {trait: city}, d: null, "
        "e: {now: true}, f: [1, 2], g: {entry: none}, h: {tag: tier}}, next: x}"
    )

    stepped = take(of, facts(city="上海", tags={"tier": "gold"}), entry={"total": 9.5})

    assert effect(stepped) == SetTraits({
        "a": 1, "b": 9.5, "c": "上海", "d": None, "e": show_instant(NOW), "f": [1, 2], "g": None,
        "h": "gold",
    })  # fmt: skip
    assert of.mentions.traits == {"city"}
    assert of.mentions.tags == {"tier"}
    assert "a, b" in str(explain(of, "n", "set_traits", told(stepped)))


@pytest.mark.parametrize("name", ["email", "phone", "password", "birthday", "$kept", "nick_name"])
def test_personal_traits_are_not_set_by_journeys(name: str) -> None:
    """Personal values belong in the vault; a journey's answer must not get around it."""
    node = f"{{type: set_traits, traits: {{{name}: x}}, next: x}}"

    assert faults(node) == [(f"nodes.n.traits.{name}", "journeys.personal_trait")]


@pytest.mark.parametrize(
    ("node", "name", "properties"),
    [
        ("{type: set_tag, tag: club, value: {entry: total}, next: x}", "Tag Set",
         {"tag": "club", "value": 5}),
        ("{type: add_to_list, list: vip, next: x}", "List Entered", {"list": "vip"}),
        ("{type: remove_from_list, list: vip, next: x}", "List Left", {"list": "vip"}),
        ("{type: emit, event: Care Done, properties: {of: {entry: order_id}}, next: x}",
         "Care Done", {"of": "o1"}),
        ("{type: emit, event: Order Completed, next: x}", "Order Paid", {}),
    ],
)  # fmt: skip
def test_what_a_node_does_is_an_event(node: str, name: str, properties: dict[str, Any]) -> None:
    """So conditions, waits and other journeys see it."""
    of = journey(node, entry="{event: Cart Viewed}")

    stepped = take(of, entry={"total": 5})

    assert effect(stepped) == Emit(name, properties)
    assert end(stepped) == "x"
    assert str(explain(of, "n", stepped.trace[0].what, told(stepped)))


@pytest.mark.parametrize(
    "event",
    ["Order Paid", "Order Completed", "Message Sent", "Message Opened", "Price Changed",
     "Back In Stock", "Order Region Disrupted", "Segment Kept", "Occasion", "Consent Granted",
     "Experiment Viewed", "$identify"],
)  # fmt: skip
def test_an_event_that_means_something_already_is_not_emitted(event: str) -> None:
    """Neither Huiliu's own nor the one that began the run: that would never end."""
    own = event not in {"Order Paid", "Order Completed"}
    key = "journeys.own_event" if own else "journeys.emits_own_entry"

    assert faults(f"{{type: emit, event: {event}, next: x}}") == [("nodes.n.event", key)]


HOOK = journey(
    '{type: webhook, url: "https://api.example.com/x?v=1", query: {id: {entry: order_id}, all: true},'
    " body: {total: {entry: total}}, timeout: 1m, as: crm, next: x, failed: y, timed_out: z}"
)


def test_a_webhook_is_called_once_and_its_answer_carried_on() -> None:
    """Later nodes and templates find what the server said."""
    rest = take(HOOK, entry={"total": 5})
    answer = answered("Webhook Answered", ok=True, status=200, body={"code": "A1"}, reason="")
    good = again(HOOK, rest, answer)

    url = "https://api.example.com/x?v=1&id=o1&all=true"
    assert effect(rest) == Call("POST", url, {"total": 5}, MINUTE)
    assert rest.token is not None
    assert rest.token.due_at == NOW + MINUTE
    assert end(good) == "x"
    assert msgspec.json.decode(good.carried) == {
        "crm": {"ok": True, "status": 200, "body": {"code": "A1"}}
    }
    assert "api.example.com" in str(explain(HOOK, "n", "called", told(rest)))


@pytest.mark.parametrize(
    ("answer", "exit_"),
    [
        ({"ok": False, "status": 500, "body": None, "reason": "status"}, "y"),
        ({"ok": False, "status": 0, "body": None, "reason": "refused"}, "y"),
        ({"ok": False, "status": 0, "body": None, "reason": "timeout"}, "z"),
        ({"ok": True, "status": 204, "body": None, "reason": ""}, "x"),
    ],
)
def test_a_failed_call_has_its_own_way(answer: dict[str, object], exit_: str) -> None:
    """A server that is down is not the same as one that says no."""
    found = again(HOOK, take(HOOK), answered("Webhook Answered", **answer))

    assert end(found) == exit_
    assert str(explain(HOOK, "n", found.trace[0].what, told(found)))


def test_no_answer_in_time_is_a_time_out() -> None:
    """The run does not wait for ever, and another run's answer is none of its business."""
    rest = take(HOOK)
    other = did("Webhook Answered", NOW, run=bytes(16).hex(), node="n", visit=1, ok=True)
    second = did("Webhook Answered", NOW, run=RUN.hex(), node="n", visit=2, ok=True)

    assert again(HOOK, rest, other, second).token == rest.token
    assert end(again(HOOK, rest, now=NOW + MINUTE)) == "z"
    assert HOOK.nodes["n"].wakes == {"Webhook Answered"}


def test_an_answer_that_is_too_long_is_not_carried() -> None:
    """A token is no place for a page."""
    answer = answered("Webhook Answered", ok=True, status=200, body={"x": "y" * 9_000}, reason="")

    kept = msgspec.json.decode(again(HOOK, take(HOOK), answer).carried)

    assert kept["crm"] == {"ok": True, "status": 200, "body": None}


def test_without_ways_for_failures_a_run_goes_on() -> None:
    """And a branch may ask what was carried, under the node's own name."""
    of = journey(
        '{type: webhook, url: "https://a.example.com", method: GET, next: b}',
        more="  b: {type: branch, ways: [{carried: [{property: n.ok, is: true}], next: x}], else: y}\n",
    )
    rest = take(of)

    bad = again(of, rest, answered("Webhook Answered", ok=False, status=500, body=None, reason="x"))
    good = again(of, rest, answered("Webhook Answered", ok=True, status=200, body=None, reason=""))

    said = Call("GET", "https://a.example.com", {}, 30 * SECOND, is_awaited=False)
    assert effect(rest) == said
    assert (end(bad), end(good)) == ("y", "x")
    assert "n.ok" in str(explain(of, "b", "branched", told(good, 1)))


TASK = journey(
    "{type: task, title: Call them, assignee: care, due: 1d, outcomes: [{outcome: called, next: x}, "
    "{outcome: refused, next: y}], timeout: 2d, else: z}"
)


def test_a_task_is_opened_and_its_outcome_decides() -> None:
    """Or the time-out, if nobody does it."""
    rest = take(TASK)

    assert effect(rest) == Open("Call them", "care", NOW + DAY, ("called", "refused"))
    assert rest.token is not None
    assert rest.token.due_at == NOW + 2 * DAY
    assert end(again(TASK, rest, answered("Task Done", outcome="called"))) == "x"
    assert end(again(TASK, rest, answered("Task Done", outcome="refused"))) == "y"
    assert end(again(TASK, rest, answered("Task Done", outcome="other"))) == "z"
    assert end(again(TASK, rest, now=NOW + 2 * DAY)) == "z"
    assert again(TASK, rest).token == rest.token
    assert str(explain(TASK, "n", "task_opened", told(rest)))


def test_a_task_without_outcomes_is_not_waited_for() -> None:
    """The staff knows, the journey goes on."""
    of = journey("{type: task, title: Look, next: x}")

    stepped = take(of)

    assert effect(stepped) == Open("Look", "", 0, ())
    assert end(stepped) == "x"
    assert of.nodes["n"].wakes == frozenset()


SUB = journey(
    "{type: call_journey, journey: care, properties: {total: {entry: total}}, wait: true, "
    "timeout: 7d, next: x, else: z}"
)


def test_another_journey_is_called_and_its_end_waited_for() -> None:
    """The call says whom to tell, and how deep it is."""
    rest = take(SUB, entry={"total": 5})

    assert effect(rest) == Emit("Journey Called", {
        "total": 5, "journey": "care", "depth": 1, "run": RUN.hex(), "node": "n", "visit": 1,
    })  # fmt: skip
    ended = again(SUB, rest, answered("Journey Ended", journey="care", reason="completed"))
    assert end(ended) == "x"
    assert end(again(SUB, rest, now=NOW + 7 * DAY)) == "z"
    assert again(SUB, rest, now=NOW + DAY).token == rest.token
    assert str(explain(SUB, "n", ended.trace[0].what, told(ended)))


def test_a_call_that_is_not_waited_for_asks_for_no_answer() -> None:
    """The run goes on at once."""
    of = journey("{type: call_journey, journey: care, next: x}")

    stepped = take(of, entry={"depth": 3})

    assert effect(stepped) == Emit("Journey Called", {"journey": "care", "depth": 4})
    assert end(stepped) == "x"


def test_journeys_that_call_one_another_come_to_an_end() -> None:
    """Ten deep, and no call is made any more."""
    of = journey("{type: call_journey, journey: care, next: x}")

    stepped = take(of, entry={"depth": 10})

    assert stepped.effects == ()
    assert stepped.trace[0].what == "call_too_deep"
    assert end(stepped) == "x"


def test_a_goto_leads_back_so_many_times_and_then_on() -> None:
    """Each round is another visit, so what is done in it is done anew."""
    of = journey(
        "{type: send, template: t, next: g}", more="  g: {type: goto, to: n, most: 3, next: x}\n"
    )

    stepped = take(of)

    assert [(caused.node, caused.visit) for caused in stepped.effects] == [
        ("n", 1), ("n", 2), ("n", 3), ("n", 4),
    ]  # fmt: skip
    assert end(stepped) == "x"
    went = [trace for trace in stepped.trace if trace.node == "g"]
    assert [trace.what for trace in went] == ["went_back"] * 3 + ["went_on"]
    assert str(explain(of, "g", "went_back", msgspec.json.decode(went[0].details)))


def test_the_rounds_are_remembered_while_a_run_rests() -> None:
    """They travel with the token."""
    of = journey(
        "{type: wait, for: 1d, next: g}", more="  g: {type: goto, to: n, most: 2, next: x}\n"
    )
    token: Token | None = take(of).token
    n_rests = 0
    while token is not None:
        n_rests += 1
        stepped = take(of, now=token.due_at, token=token)
        token = stepped.token

    assert n_rests == 3
    assert end(stepped) == "x"


GATE = "{type: quota, per: day, zone: Asia/Shanghai, WHAT, next: x OTHER}"


def gate(what: str, other: str = ", else: y") -> Journey:
    """Return a journey with a quota."""
    return journey(GATE.replace("WHAT", what).replace(" OTHER", other))


def test_a_quota_lets_through_what_there_is_room_for() -> None:
    """One is claimed for each run, and the others go elsewhere."""
    of = gate("limit: 5")
    through, held = take(of, room=1), take(of, room=0)

    assert end(through) == "x"
    assert [(claim.node, claim.amount) for claim in through.claims] == [("n", 1)]
    assert end(held) == "y"
    assert held.claims == ()
    quota = of.nodes["n"].quota
    assert quota is not None
    assert (quota.limit, quota.zone) == (5, "Asia/Shanghai")
    assert str(explain(of, "n", "let_through", told(through)))


def test_a_budget_is_counted_in_parts_of_money() -> None:
    """4.5 fen each of one yuan are 22 messages, and not 22.2."""
    of = gate("budget: 1, cost: 0.045")
    quota = of.nodes["n"].quota

    assert quota is not None
    assert quota.limit == 10_000
    assert [claim.amount for claim in take(of, room=450).claims] == [450]
    assert end(take(of, room=449)) == "y"
    assert told(take(of, room=10_000))["left"] == 0.955


def test_without_an_else_a_run_waits_for_the_next_day() -> None:
    """Where the day begins is where the quota's zone is."""
    of = gate("limit: 5", "")

    held = take(of, room=0)

    assert held.token is not None
    assert held.token.due_at == instant("2026-11-23T16:00Z")
    through = take(of, room=5, now=held.token.due_at, token=held.token)
    assert end(through) == "x"
    full = take(of, room=0, now=held.token.due_at + HOUR, token=held.token)
    assert full.token is not None
    assert full.token.due_at == instant("2026-11-24T16:00Z")
    assert full.trace == ()


def test_everything_that_a_journey_names_is_looked_up() -> None:
    """What cannot run is told at its line, and cannot be published."""
    nodes = (
        ("{type: add_to_list, list: vip, next: x}", "n.list", "journeys.unknown_list"),
        ("{type: call_journey, journey: care, next: x}", "n.journey", "journeys.unknown_journey"),
        ("{type: call_journey, journey: paid, next: x}", "n.journey", "journeys.not_callable"),
        ("{type: set_tag, tag: tier, value: 1, next: x}", "n.tag", "journeys.computed_tag"),
        ('{type: webhook, url: "http://10.0.0.1", next: x}', "n.url", "journeys.refused_url"),
        ("{type: send, template: t, next: x}", "n.template", "journeys.unknown_template"),
        ("{type: send, variants: [{variant: a, template: t, weight: 1}, {variant: b, template: u, "
         "weight: 1}], next: x}", "n.variants[0].template", "journeys.unknown_template"),
        ("{type: best_channel, channels: [{channel: sms, template: t}], next: x}",
         "n.channels[0].template", "journeys.unknown_template"),
    )  # fmt: skip
    nothing = Known(
        {}, lists=(), given_tags=(), journeys={"paid": "event"}, refused=lambda url: f"{url} no"
    )
    for node, path, key in nodes:
        of = journey(node)
        source = of.source()
        found = check_known(of, source, nothing)
        assert [(one.path, one.text.key) for one in found][:1] == [(f"nodes.{path}", key)]
        assert found[0].line > 0
        all_there = Known({}, None, None, None, None) if "template" not in key else nothing
        assert (check_known(of, source, all_there) == ()) == ("template" not in key)


def test_a_list_that_begins_a_journey_has_to_be_there() -> None:
    """The entry is looked up like the nodes."""
    of = journey("{type: wait, for: 1d, next: x}", entry="{list: {entered: vip}}")

    found = check_known(of, of.source(), Known({}, lists=()))

    assert [one.text.key for one in found] == ["journeys.unknown_list"]
    assert check_known(of, of.source(), Known({}, lists={"vip"})) == ()
