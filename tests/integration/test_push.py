"""Push from an APP's word to all devices: consent, makers' limits, tokens that end, the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in, visitor
from tests.integration.outbox import message, put_template, queue
from tests.integration.people import BRAND, NOW, project_all
from tests.integration.providers.pushing import doors

from huiliu.channels import PROVIDERS
from huiliu.fakes.providers.apns import FakeApns
from huiliu.fakes.providers.jpush import FakeJpush
from huiliu.fakes.providers.webpush import FakeWebPush
from huiliu.kernel.times import HOUR
from huiliu.messages.maker_limits import next_china_day
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.dispatch import dispatch
from huiliu.services.find_profile import find_profile_by
from huiliu.services.ingest import accept
from huiliu.services.push_tokens import make_vapid_keys, push_tokens
from huiliu.stores.clock import SimulatedClock

_TEMPLATE = """\
huiliu: 1
kind: template
slug: {kind}
name: {{en: News}}
channel: push
class: {kind}
locales:
  en: {{title: "Cheaper now", text: "Look at it again."}}
"""
PHONE, TABLET = "aa" * 32, "bb" * 32
Shop = tuple[World, FakeApns, FakeJpush]


@pytest.fixture
def shop(world: World, clock: SimulatedClock) -> Iterator[Shop]:
    """A brand with an account at Apple and one at JPush, each for an APP of its own."""
    for kind in ("marketing", "service"):
        put_template(world, _TEMPLATE.format(kind=kind))
    with doors(clock) as access, FakeApns(now=clock.now) as apns, FakeJpush(now=clock.now) as jpush:
        providers = {name: PROVIDERS[name](access) for name in ("apns", "jpush")}
        with world.store.system() as tx:
            for name, fake, app in (("apns", apns, "ios"), ("jpush", jpush, "android")):
                config = fake.config | {"app": app}
                tx.channels.put(ChannelAccount(BRAND, "push", name, config, provider=name), NOW)
        yield replace(world, providers=providers), apns, jpush


def tell(world: World, *calls: Mapping[str, object]) -> None:
    """Collect calls of Segment's shape and project them."""
    with world.store.system() as tx:
        taken = accept(tx, world, BRAND, calls, received_at=world.clock.now(), historical=False)
    assert not taken.problems
    project_all(world)


def registered(token: str, app: str, **more: str) -> dict[str, object]:
    """Return what an APP says of its token."""
    return {
        "type": "track", "event": "Contact Point Added", "userId": "li",
        "properties": {"channel": "push", "app": app, "device_token": token, **more},
    }  # fmt: skip


AGREED = {
    "type": "track", "event": "Consent Granted", "userId": "li",
    "properties": {"channel": "push", "purpose": "marketing"},
}  # fmt: skip


def push(world: World, kind: str = "marketing", **changed: object) -> bytes:
    """Queue a message to Li and dispatch it."""
    me = find_profile_by(world, BRAND, "user_id=li")
    sent = queue(world, me, kind, channel="push", message_class=kind, **changed)
    dispatch(world)
    return sent


def test_marketing_needs_consent_and_then_reaches_every_device(shop: Shop) -> None:
    """Without a yes nothing leaves; with it both devices get the one message."""
    world, apns, _ = shop
    tell(world, registered(PHONE, "ios", platform="ios"), registered(TABLET, "ios"))
    refused = push(world)
    tell(world, AGREED)
    sent = push(world, node="again")
    assert message(world, refused).reason == "consent_missing"
    assert message(world, sent).status == "sent"
    assert sorted(one.number for one in apns.sent.values()) == [PHONE, TABLET]


def test_a_maker_shows_two_a_day_and_news_of_an_order_always(
    shop: Shop, clock: SimulatedClock
) -> None:
    """The third marketing of a day waits for the next day in China; service goes at once."""
    world, _, jpush = shop
    tell(world, registered("rid-1", "android", platform="android", vendor="HUAWEI"), AGREED)
    sent = [push(world, node=f"n{number}") for number in range(3)]
    service = push(world, "service")
    held = message(world, sent[2])
    assert [message(world, one).status for one in sent] == ["sent", "sent", "queued"]
    assert (held.reason, held.queued.not_before) == ("maker_limit", next_china_day(clock.now()))
    assert message(world, service).status == "sent"
    clock.advance(next_china_day(clock.now()) + 10 * HOUR - clock.now())
    dispatch(world)
    assert message(world, sent[2]).status == "sent"
    assert len(jpush.sent) == 4


def test_a_full_phone_does_not_keep_the_tablet_from_it(shop: Shop) -> None:
    """Of two devices only one has places left: the message goes to that one alone."""
    world, _, jpush = shop
    tell(world, registered("rid-phone", "android", platform="android", vendor="redmi"), AGREED)
    push(world, node="first")
    tell(world, registered("rid-tablet", "android", platform="android", vendor="honor"))
    push(world, node="second")
    assert sorted(one.number for one in jpush.sent.values()) == ["rid-phone", "rid-tablet"]


def test_what_would_be_late_by_then_is_not_sent(shop: Shop, clock: SimulatedClock) -> None:
    """A message that ends before the maker shows more is refused, with the reason."""
    world, _, _ = shop
    tell(world, registered("rid-1", "android", platform="android", vendor="xiaomi"), AGREED)
    push(world, node="first")
    late = push(world, node="second", expires_at=clock.now() + HOUR)
    assert (message(world, late).status, message(world, late).reason) == ("not_sent", "maker_limit")


def test_what_never_reached_a_phone_takes_no_place(shop: Shop) -> None:
    """A message that JPush refuses gives its place back."""
    world, _, jpush = shop
    tell(world, registered("rid-9013", "android", platform="android", vendor="xiaomi"), AGREED)
    push(world, node="first")
    with world.store.system() as tx:
        tx.suppliers.resume_template(BRAND, "marketing")
    second = push(world, node="second")
    assert message(world, second).reason == "template_refused"
    assert not jpush.sent


def test_a_removed_app_ends_its_token_and_registering_brings_it_back(
    shop: Shop, clock: SimulatedClock
) -> None:
    """Apple says since when it is gone: an older registration ends, a newer one lives."""
    world, apns, _ = shop
    gone = "cc" * 30 + "9011"
    tell(world, registered(gone, "ios"), registered(PHONE, "ios"))
    apns.gone_since = (clock.now() - HOUR) // 1_000
    push(world, "service")
    assert push_tokens(world, BRAND).live == 2
    apns.gone_since = (clock.now() + HOUR) // 1_000
    push(world, "service", node="later")
    project_all(world)
    found = push_tokens(world, BRAND)
    assert (found.live, dict(found.reasons)) == (1, {"Unregistered": 1})
    clock.advance(2 * HOUR)
    tell(world, registered(gone, "ios"))
    assert push_tokens(world, BRAND).live == 2


def test_the_page_and_its_twin_show_the_same_tokens(shop: Shop, tmp_path: Path) -> None:
    """By app, platform, maker and age; an app without an account stands out."""
    world, _, _ = shop
    tell(world, registered(PHONE, "ios", platform="ios", vendor="apple"))
    tell(world, registered("rid-1", "forgotten", platform="android", vendor="vivo"))
    client = signed_in(world, tmp_path)
    page = client.get("/push-tokens").text
    _, key = create_key(world, BRAND, "erp", "api")
    told = visitor(world, tmp_path).get("/v1/push/tokens", auth=(key, "")).json()
    assert "The app forgotten has push tokens" in page
    assert told["live"] == 2
    assert [(one["app"], one["vendor"], one["live"]) for one in told["groups"]] == [
        ("forgotten", "vivo", 1), ("ios", "apple", 1),
    ]  # fmt: skip
    assert told["apps_without_account"] == ["forgotten"]
    assert PHONE not in page + json.dumps(told)


def test_a_pair_of_keys_fits_an_account(shop: Shop) -> None:
    """What `huiliu push key` makes is taken by a browser account, and its public half is shown."""
    world, _, _ = shop
    private, public = make_vapid_keys()
    config = {"vapid_key": private, "subject": "mailto:push@brand.example"}
    with world.store.system() as tx:
        tx.channels.put(ChannelAccount(BRAND, "push", "web", config, provider="webpush"), NOW)
    assert public in {one.web_key for one in push_tokens(world, BRAND).accounts}


def test_a_browsers_subscription_is_sealed_and_reached(shop: Shop, clock: SimulatedClock) -> None:
    """The subscription goes through the vault as any token, and its browser reads the message."""
    world, _, _ = shop
    with doors(clock) as access, FakeWebPush(now=clock.now) as browser:
        config = browser.config | {"app": "web"}
        with world.store.system() as tx:
            tx.channels.put(ChannelAccount(BRAND, "push", "web", config, provider="webpush"), NOW)
        wired = replace(world, providers={"webpush": PROVIDERS["webpush"](access)})
        tell(wired, registered(browser.subscription("one"), "web", platform="web"))
        sent = push(wired, "service")
        assert message(wired, sent).status == "sent"
        assert [one.text for one in browser.sent.values()] == ["Look at it again."]
