"""Webhooks that journeys call: once to the server, written down before, answered to the run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator

import pytest
from tests.integration.journeys import order_event, put_journey, rows
from tests.integration.people import BRAND, NOW, log
from tests.integration.test_journeys_effects import ENDS, journey, settle, told

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes import Receiver, Reply
from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.apply_journey import set_journey_state
from huiliu.services.call_webhooks import call_webhooks, readable
from huiliu.services.sweep import stop_journey, sweep
from huiliu.services.webhook_headers import list_headers, put_headers
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def outside(world: World) -> Iterator[World]:
    """Give the world a way out to this machine."""
    with contextlib.closing(HttpOutbound(HostRule.parse("127.0.0.1"))) as outbound:
        yield dataclasses.replace(world, outbound=outbound)


WEBHOOK = """\
  ask:
    type: webhook
    url: {url}/stock
    body: {{order: {{entry: order_id}}}}
    timeout: 1h
    as: answer
    next: good
    failed: bad
    timed_out: late
  good: {{type: exit, reason: good}}
  bad: {{type: exit, reason: bad}}
  late: {{type: exit, reason: late}}
"""


def test_a_webhooks_answer_leads_on(world: World, outside: World) -> None:
    """The server gets one call with the operator's headers; the answer wakes the run."""
    with Receiver([Reply(200, b'{"left": 3, "by": {"phone": "13800138000"}}')]) as server:
        put_headers(world, BRAND, "127.0.0.1", {"Authorization": "Bearer secret"})
        put_journey(world, journey(WEBHOOK.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        made = call_webhooks(outside)
        again = call_webhooks(outside)
        settle(world)
        [call] = server.received

    assert (made, again) == (1, 0)
    assert json.loads(call.body) == {"order": "o1"}
    assert call.headers["authorization"] == "Bearer secret"
    assert len(call.headers["idempotency-key"]) == 32
    assert rows(world, ENDS) == [("o1", "ended", "good")]
    [answer] = told(world, "Webhook Answered")
    assert (answer["ok"], answer["status"], answer["body"]) == (True, 200, {"left": 3, "by": {}})
    assert list_headers(world, BRAND) == {"127.0.0.1": ["Authorization"]}


def test_a_busy_server_is_asked_again_with_the_same_key(
    world: World, outside: World, clock: SimulatedClock
) -> None:
    """An attempt is written down before each call; all of them are one call to the server."""
    with Receiver([Reply(503), Reply(drops=True), Reply(404, b"{}")]) as server:
        put_journey(world, journey(WEBHOOK.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        for nth in range(3):
            clock.set(NOW + nth * 10 * MINUTE)
            call_webhooks(outside)
        settle(world)
        keys = {one.headers["idempotency-key"] for one in server.received}

    assert (len(server.received), len(keys)) == (3, 1)
    assert rows(world, "select reach, code from journey_call_attempts order by number") == [
        ("answered", 503), ("unknown", 0), ("answered", 404),
    ]  # fmt: skip
    assert rows(world, ENDS) == [("o1", "ended", "bad")]


def test_a_call_whose_caller_died_is_made_again(
    world: World, outside: World, clock: SimulatedClock
) -> None:
    """Two minutes after the caller vanished another takes the call over."""
    with Receiver() as server:
        put_journey(world, journey(WEBHOOK.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        with world.store.system() as tx:
            tx.calls.claim(NOW, 10, NOW + 2 * MINUTE)

        before = call_webhooks(outside)
        clock.set(NOW + 2 * MINUTE + 1)
        after = call_webhooks(outside)
        settle(world)

    assert (before, after, len(server.received)) == (0, 2, 1)
    assert rows(world, ENDS) == [("o1", "ended", "good")]


def test_nothing_goes_out_of_a_world_without_a_way_out(world: World) -> None:
    """A refused call fails at once and says so."""
    put_journey(world, journey(WEBHOOK.format(url="https://shop.example")))
    log(world, order_event("Order Paid", "o1"))
    settle(world)

    call_webhooks(world)
    settle(world)

    assert rows(world, ENDS) == [("o1", "ended", "bad")]
    assert rows(world, "select status, reason from journey_calls") == [("failed", "refused")]


def test_calls_of_a_paused_journey_wait_until_it_runs_on(world: World, outside: World) -> None:
    """Nothing goes out while the journey holds still; afterwards it does."""
    with Receiver([Reply(200, b"{}")]) as server:
        put_journey(world, journey(WEBHOOK.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        set_journey_state(world, BRAND, "effects", "paused")
        held = call_webhooks(outside)
        set_journey_state(world, BRAND, "effects", "live")
        made = call_webhooks(outside)

    assert (held, made) == (0, 1)


def test_calls_of_a_stopped_journey_are_never_made(world: World, outside: World) -> None:
    """From the stop's commit on none begins, and those that wait are withdrawn."""
    with Receiver() as server:
        put_journey(world, journey(WEBHOOK.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        stop_journey(world, BRAND, "effects")
        at_once = call_webhooks(outside)
        while sweep(world):
            pass
        set_journey_state(world, BRAND, "effects", "live")
        later = call_webhooks(outside)

    assert (at_once, later, server.received) == (0, 0, [])
    assert rows(world, "select status, reason from journey_calls") == [
        ("withdrawn", "journey_stopped"),
    ]  # fmt: skip


UNUSED = """\
  ask: {{type: webhook, url: "{url}/stock", timeout: 1h, next: good}}
  good: {{type: exit, reason: good}}
"""


@pytest.mark.parametrize(
    ("nodes", "late_by", "n_made", "status"),
    [
        (WEBHOOK, HOUR, 1, "answered"), (WEBHOOK, HOUR + 1, 0, "given_up"),
        (UNUSED, 23 * HOUR, 1, "answered"), (UNUSED, 25 * HOUR, 0, "given_up"),
    ],
)  # fmt: skip
def test_a_call_that_nobody_waits_for_any_more_is_not_made_late(
    world: World, outside: World, clock: SimulatedClock,
    nodes: str, late_by: int, n_made: int, status: str,
) -> None:  # fmt: skip
    """After an outage the run has gone its way; a call whose answer nobody uses goes out yet."""
    with Receiver() as server:
        put_journey(world, journey(nodes.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        clock.set(NOW + late_by)
        call_webhooks(outside)

    assert len(server.received) == n_made
    assert rows(world, "select status from journey_calls") == [(status,)]


def test_a_server_that_never_answers_is_given_up(
    world: World, outside: World, clock: SimulatedClock
) -> None:
    """After the node's time-out no further attempt is made, and the run goes its way."""
    with Receiver(answer=lambda _: Reply(500)) as server:
        put_journey(world, journey(WEBHOOK.format(url=server.url)))
        log(world, order_event("Order Paid", "o1"))
        settle(world)
        for nth in range(20):
            clock.set(NOW + nth * 5 * MINUTE)
            call_webhooks(outside)
            settle(world)

    assert rows(world, ENDS) == [("o1", "ended", "late")]
    assert rows(world, "select status, reason from journey_calls") == [("failed", "timeout")]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"a": 1, "email": "a@b.example", "said": "call 13800138000"}', {"a": 1, "said": None}),
        (b"[1, 2.5, true, null]", [1, 2.5, True, None]),
        (b"<html>", None),
        (b'"' + b"x" * 20_000 + b'"', "x" * 1_000),
        (b"[" * 12 + b"1" + b"]" * 12, [[[[[[[[[None]]]]]]]]]),
    ],
)  # fmt: skip
def test_an_answer_is_no_way_for_personal_data_into_the_log(body: bytes, kept: object) -> None:
    """Only what is small, plain and names nobody is kept of an answer."""
    assert readable(body) == kept


def test_headers_that_cannot_be_sent_are_refused(world: World) -> None:
    """All problems come at once, and nothing is kept."""
    with pytest.raises(BadInput) as refused:
        put_headers(world, BRAND, "no host", {"Host": "x", "Bad Name": "y", "X-Key": "a\nb"})

    assert [found.path for found in refused.value.problems] == [
        "host", "headers.Host", "headers.Bad Name", "headers.X-Key",
    ]  # fmt: skip
    assert list_headers(world, BRAND) == {}
