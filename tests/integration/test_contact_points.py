"""People are reached at contact points: made by what apps say, moved by whoever signs in, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from tests.integration.outbox import Recorder, message, put_template, queue, with_providers
from tests.integration.people import BRAND, NOW, project_all

from huiliu.ports.channel import (
    Answer,
    AnswerState,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Dead,
    OutboundMessage,
)
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.world import World
from huiliu.services.callbacks import callback_url, receive_callback
from huiliu.services.dispatch import dispatch
from huiliu.services.find_profile import find_profile_by
from huiliu.services.ingest import accept

PUSH = """\
huiliu: 1
kind: template
slug: ship
name: {en: Shipped}
channel: push
class: service
locales:
  en: {title: "On its way", text: "Order {{ event.order_id }}"}
"""


class Devices(Recorder):
    """Takes push messages and calls the tokens dead that it is told of."""

    pushes = True

    def __init__(self) -> None:
        """Carry for push."""
        super().__init__("push")
        self.dead: tuple[Dead, ...] = ()

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Keep the messages; name the dead."""
        self.sent += messages
        return [Answer(one.message_id, self.answer, dead=self.dead) for one in messages]

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Tell of a person who came."""
        call = {
            "type": "track", "event": "WeChat Followed", "userId": "zoe", "messageId": "follow-1",
            "properties": {"scene": "store-7"},
        }  # fmt: skip
        return CallbackAnswer(200, b"success", events=(call,))


@pytest.fixture
def devices() -> Devices:
    """Record what is pushed."""
    return Devices()


@pytest.fixture
def shop(world: World, devices: Devices) -> World:
    """Wire a shop that pushes."""
    put_template(world, PUSH)
    return with_providers(world, devices)


def tell(world: World, *calls: Mapping[str, object]) -> None:
    """Collect calls of Segment's shape and project them."""
    with world.store.system() as tx:
        taken = accept(
            tx, world, BRAND, calls, received_at=world.clock.now(), historical=False
        )  # fmt: skip
    assert not taken.problems
    project_all(world)


def registered(user: str, token: str, **more: object) -> dict[str, object]:
    """Return what an app says when it has a push token."""
    return {
        "type": "track", "event": "Contact Point Added", "userId": user,
        "properties": {"channel": "push", "device_token": token, **more},
    }  # fmt: skip


def who(world: World, user: str) -> int:
    """Return a person's present profile."""
    return find_profile_by(world, BRAND, f"user_id={user}")


def points(world: World, user: str, channel: str = "push") -> list[ContactPoint]:
    """Return where a person is reached."""
    me = who(world, user)
    with world.store.system() as tx:
        return tx.contacts.of_people(BRAND, channel, [me]).get(me, [])


def push(world: World, user: str) -> bytes:
    """Queue a message and dispatch it."""
    sent = queue(world, who(world, user), "ship", channel="push")
    dispatch(world)
    return sent


def test_a_message_goes_to_every_device_of_the_app_that_was_used_last(
    shop: World, devices: Devices
):
    """Two phones of one app get it; the token of another app's account does not."""
    tell(shop, registered("ada", "t-old", app="shop", platform="android", vendor="Huawei"))
    tell(shop, registered("ada", "t-other", app="club", timestamp="2026-11-22T04:00:00Z"))
    tell(shop, registered("ada", "t-new", app="shop", platform="ios"))
    with shop.store.system() as tx:
        account = ChannelAccount(BRAND, "push", "main", {"app": "shop"}, provider="push")
        tx.channels.put(account, NOW)

    sent = push(shop, "ada")

    assert message(shop, sent).status == "sent"
    (outbound,) = devices.sent
    assert {one.address for one in outbound.targets} == {"t-old", "t-new"}
    assert {one.vendor for one in outbound.targets} == {"huawei", ""}
    assert outbound.address == outbound.targets[0].address


def test_a_token_in_the_context_of_any_event_is_a_contact_point(shop: World):
    """Segment's libraries say it beside whatever they tell."""
    tell(shop, {
        "type": "identify", "userId": "ada", "traits": {},
        "context": {"device": {"token": "ctx-1", "type": "iOS", "manufacturer": "Apple"},
                    "app": {"namespace": "com.brand.shop"}},
    })  # fmt: skip

    (point,) = points(shop, "ada")

    assert (point.app, point.platform, point.vendor) == ("com.brand.shop", "ios", "apple")


def test_the_device_belongs_to_whoever_signed_in_last(shop: World, devices: Devices):
    """What is for the one before never appears on the phone of the one after."""
    tell(shop, registered("ada", "shared"))
    tell(shop, registered("bob", "shared"))

    sent = push(shop, "ada")

    assert message(shop, sent).reason == "address_missing"
    push(shop, "bob")
    assert [one.address for one in devices.sent] == ["shared"]


def test_a_dead_device_ends_and_the_others_still_get_it(shop: World, devices: Devices):
    """One that registered again after it was called dead stays alive."""
    tell(shop, registered("ada", "alive"), registered("ada", "gone"), registered("ada", "back"))
    seen_at = points(shop, "ada")[0].seen_at
    devices.dead = (Dead("gone", "unregistered"), Dead("back", "unregistered", seen_at - 1))

    sent = push(shop, "ada")

    assert message(shop, sent).status == "sent"
    me = who(shop, "ada")
    with shop.store.system() as tx:
        known = {one.reason: one.ended_at for one in tx.contacts.of_person(BRAND, [me])}
    assert len(points(shop, "ada")) == 2
    assert known["unregistered"] > 0
    project_all(shop)
    assert len(points(shop, "ada")) == 2


def test_an_address_that_nobody_reaches_ends_without_a_word_against_the_person(
    shop: World, devices: Devices
):
    """The token is dead; registered again, it lives again."""
    tell(shop, registered("ada", "lost"))
    devices.answer = AnswerState.SUPPRESS

    push(shop, "ada")

    assert points(shop, "ada") == []
    with shop.store.system() as tx:
        assert tx.people.count_suppressions(BRAND) == []
    shop.clock.advance(1_000_000)  # type: ignore[attr-defined] # a simulated clock
    tell(shop, registered("ada", "lost"))
    assert len(points(shop, "ada")) == 1


def test_what_an_app_takes_back_is_gone_and_a_merge_brings_both_peoples_devices(shop: World):
    """Signed out on one phone; two profiles that turn out to be one have what each had."""
    tell(shop, registered("ada", "a-1"), registered("ada", "a-2"))
    tell(shop, {**registered("ada", "a-2"), "event": "Contact Point Removed"})
    assert len(points(shop, "ada")) == 1
    tell(shop, {"type": "track", "event": "Contact Point Added", "anonymousId": "anon-1",
                "properties": {"channel": "push", "device_token": "b-1"}})  # fmt: skip

    tell(shop, {"type": "identify", "userId": "ada", "anonymousId": "anon-1", "traits": {}})

    assert len(points(shop, "ada")) == 2


def test_what_a_callback_tells_is_collected_once(shop: World):
    """A provider that calls twice tells one thing."""
    account = ChannelAccount(BRAND, "push", "main", {}, provider="push")
    code = callback_url(shop.secrets, "", account).rpartition("/")[2]

    for _ in range(2):
        answer = receive_callback(shop, code, Callback("POST", "https://huiliu.example/x"))
        assert answer.body == b"success"

    with shop.store.system() as tx:
        names = [one.name for one in tx.log.read(0, 0, 100)]
    assert names.count("WeChat Followed") == 1
