"""Every decision about a person can be read: from the event that entered them to the receipt."""

from __future__ import annotations

import msgspec
import pytest
from tests.integration.outbox import (
    PAY,
    Recorder,
    did,
    put_template,
    queue,
    same_person,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, project_all

from huiliu.cli.why_told import why_lines as _lines
from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.texts import Text, render
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.channel import Receipt
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.apply_journey import apply_journey
from huiliu.services.dispatch import dispatch
from huiliu.services.receive import receive
from huiliu.services.tell_why import why_json
from huiliu.services.why import why, why_message
from huiliu.stores.clock import SimulatedClock

JOURNEY = """\
huiliu: 1
kind: journey
slug: unpaid
name: {en: Unpaid}
entry: {event: Order Created, key: order_id}
exit_when: [{event: Order Paid}]
nodes:
  patience: {type: wait, for: 1h, next: remind}
  remind: {type: send, channel: email, template: pay, class: service, next: done}
  done: {type: exit}
"""


def live(world: World, clock: SimulatedClock, *, until: int) -> None:
    """Let everything that is due happen, minute by minute."""
    while clock.now() <= until:
        project_all(world)
        while advance(world, 100):
            pass
        project_all(world)
        dispatch(world)
        clock.advance(10 * MINUTE)
    project_all(world)


def test_a_sent_message_is_explained_from_event_to_receipt(world: World, clock: SimulatedClock):
    """Entry event, each step, the attempt with the provider's words, the receipt."""
    email = Recorder()
    shop = with_providers(world, email)
    put_template(shop, PAY)
    apply_journey(shop, BRAND, JOURNEY, "test")
    li = someone(shop)
    did(shop, li, "Order Created", order_id="o-7", total=120)

    live(shop, clock, until=NOW + 2 * HOUR)
    (sent,) = email.sent
    email.waiting.append(Receipt("email", "main", f"p-{sent.message_id.hex()}", "delivered", "ok"))
    receive(shop)

    told = why(shop, BRAND, li)
    (run,) = told.runs
    assert (run.run.journey, run.run.key) == ("unpaid", "o-7")
    assert run.entry["name"] == "Order Created"
    assert [step.what for step in run.steps][:1] == ["entered"]
    assert "sent" in [step.what for step in run.steps]
    (message,) = run.messages
    assert message.row.status == "delivered"
    assert [one.outcome for one in message.attempts] == ["accepted"]
    assert [one.state for one in message.receipts] == ["delivered"]
    assert "订单 o-7" in sent.parts["text"]

    shown = msgspec.json.decode(msgspec.json.encode(why_json(told, "en")))
    assert shown["runs"][0]["messages"][0]["attempts"][0]["response"] == "recorded"
    words = [render(one, "zh-CN") if isinstance(one, Text) else one for one in _lines(told)]
    assert any("Order Created" in line for line in words)
    assert any("已送达" in line for line in words)


def test_a_message_that_was_not_sent_is_explained_by_its_reason(
    world: World, clock: SimulatedClock
):
    """Who has no usable address is told of with the sentence in the reader's language."""
    email = Recorder()
    shop = with_providers(world, email)
    put_template(shop, PAY)
    apply_journey(shop, BRAND, JOURNEY, "test")
    li = someone(shop, email="not an address")
    did(shop, li, "Order Created", order_id="o-8")

    live(shop, clock, until=NOW + 2 * HOUR)

    ((message,),) = [run.messages for run in why(shop, BRAND, li).runs]
    assert (message.row.status, message.row.reason) == ("not_sent", "address_invalid")
    words = [render(one, "en") if isinstance(one, Text) else one for one in _lines(
        why_message(shop, BRAND, message.row.queued.message_id))]  # fmt: skip
    assert any("not valid for this channel" in line for line in words)


def test_a_payment_ends_the_run_and_no_message_was_made(world: World, clock: SimulatedClock):
    """The reason of the non-send is the run's own end."""
    email = Recorder()
    shop = with_providers(world, email)
    put_template(shop, PAY)
    apply_journey(shop, BRAND, JOURNEY, "test")
    li = someone(shop)
    did(shop, li, "Order Created", order_id="o-9")
    project_all(shop)
    did(shop, li, "Order Paid", order_id="o-9")

    live(shop, clock, until=NOW + 2 * HOUR)

    (run,) = why(shop, BRAND, li).runs
    assert run.run.state == "exited"
    assert run.messages == []
    assert email.sent == []


def test_a_merged_person_brings_their_messages_along(world: World):
    """Both halves' messages are told under the one who is left, by either id."""
    shop = with_providers(world, Recorder())
    put_template(shop, PAY)
    one, other = someone(shop), someone(shop, known_as=IdentifierType.ANONYMOUS_ID)
    queue(shop, one, "pay")
    queue(shop, other, "pay")
    dispatch(shop)

    left = same_person(shop, one, other)

    assert len(why(shop, BRAND, one).messages) == len(why(shop, BRAND, other).messages) == 2
    assert why(shop, BRAND, other).profile_id == left


def test_nobody_is_explained_by_not_found(world: World):
    """An unknown person or message is no empty story."""
    with pytest.raises(NotFound):
        why(world, BRAND, 12345)
    with pytest.raises(NotFound):
        why_message(world, BRAND, bytes(16))
