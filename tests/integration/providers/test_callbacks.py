"""Pushes of providers come in by HTTP: durable before they are answered, forged ones refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.integration.asgi import AsgiClient
from tests.integration.outbox import TEXT, internal_events, message, put_template, queue, someone
from tests.integration.people import BRAND
from tests.integration.providers.carrying import access

from huiliu.channels import PROVIDERS
from huiliu.fakes.providers import Push
from huiliu.fakes.providers.twilio import FakeTwilio
from huiliu.kernel.errors import Unavailable
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.callbacks import callback_url
from huiliu.services.channel_accounts import add_account
from huiliu.services.dispatch import dispatch
from huiliu.services.receive import receive
from huiliu.settings import load
from huiliu.stores.clock import SimulatedClock
from huiliu.web.app import create_app

PHONE = "+8613800010001"


@pytest.fixture
def cloud(clock: SimulatedClock) -> Iterator[FakeTwilio]:
    """Run a fake Twilio."""
    with FakeTwilio(now=clock.now) as running:
        yield running


@pytest.fixture
def house(
    world: World, clock: SimulatedClock, cloud: FakeTwilio, tmp_path: Path
) -> Iterator[tuple[World, AsgiClient, ChannelAccount]]:
    """Open a world that sends by the fake, its door, and the account there."""
    where = partial(callback_url, world.secrets, world.public_url)
    with access(clock, callbacks=where) as doors:
        opened = dataclasses.replace(
            world, providers={name: PROVIDERS[name](doors) for name in ("twilio", "aliyun")}
        )
        account = add_account(opened, BRAND, "sms", "main", cloud.config, "twilio")
        cloud.callback_url = where(account)
        with AsgiClient(create_app(opened, load(tmp_path, {}))) as http:
            yield opened, http, account


def deliver(http: AsgiClient, push: Push, **changed: str) -> int:
    """Hand a push over at the door, and return the status."""
    parts = urlsplit(push.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {**push.headers, **changed}
    return http.post(path, content=push.body, headers=headers).status_code


def sent(world: World, phone: str = PHONE) -> bytes:
    """Send a service message to somebody, and return its id."""
    put_template(world, TEXT)
    person = someone(world, phone=phone, consents=("sms",))
    known = queue(world, person, "text")
    dispatch(world)
    return known


def test_a_receipt_makes_a_message_delivered(
    house: tuple[World, AsgiClient, ChannelAccount], cloud: FakeTwilio
) -> None:
    """Sent, pushed, settled; told once, however often the provider tells it."""
    world, http, _ = house
    known = sent(world)
    assert message(world, known).status == "sent"
    (push,) = cloud.take()
    assert [deliver(http, push) for _ in range(3)] == [200] * 3
    while receive(world):
        pass
    assert message(world, known).status == "delivered"
    assert [name for name, _ in internal_events(world)].count("Message Delivered") == 1


def test_a_receipt_settles_what_was_unknown(
    house: tuple[World, AsgiClient, ChannelAccount], cloud: FakeTwilio
) -> None:
    """The answer was lost: the receipt names our message by its address, and that is enough."""
    world, http, _ = house
    known = sent(world, "+8613800019009")
    assert message(world, known).status == "unknown"
    (push,) = cloud.take()
    assert deliver(http, push) == 200
    while receive(world):
        pass
    assert message(world, known).status == "delivered"
    assert cloud.counts()["received"] == 1


def test_a_forged_push_changes_nothing(
    house: tuple[World, AsgiClient, ChannelAccount], cloud: FakeTwilio
) -> None:
    """Another signature, another body, another address: refused, and the message stays sent."""
    world, http, account = house
    known = sent(world)
    (push,) = cloud.take()
    assert deliver(http, push, **{"X-Twilio-Signature": "AAAA"}) == 403
    body = push.body.replace(b"delivered", b"failed")
    assert deliver(http, Push(push.url, body, push.headers)) == 403
    other = dataclasses.replace(account, name="another")
    elsewhere = callback_url(world.secrets, world.public_url, other)
    assert deliver(http, Push(elsewhere, push.body, push.headers)) == 404
    receive(world)
    assert message(world, known).status == "sent"


@pytest.mark.parametrize("code", ["", "x", "AQAB", "A" * 26, "AQAB" + "A" * 22, "é", "%00"])
def test_an_address_that_is_nobody_s_is_not_found(
    house: tuple[World, AsgiClient, ChannelAccount], code: str
) -> None:
    """Whatever stands there, the answer is 404 and nothing else."""
    _, http, _ = house
    assert http.post(f"/callbacks/{code}", content=b"[]").status_code == 404


def test_a_reply_is_acted_upon_before_it_is_answered(
    house: tuple[World, AsgiClient, ChannelAccount], cloud: FakeTwilio, clock: SimulatedClock
) -> None:
    """`退订` is in force when the provider has its answer, and a repeat is no second reply."""
    world, http, _ = house
    sent(world)
    cloud.take()
    cloud.reply(PHONE, "退订")
    (push,) = cloud.take()
    for _ in range(3):
        assert deliver(http, push) == 200
        clock.advance(60_000_000)
    names = [name for name, _ in internal_events(world)]
    assert names.count("Message Replied") == 1
    assert names.count("Consent Withdrawn") == 1


def test_while_nothing_can_be_stored_the_provider_is_told_to_come_again(
    house: tuple[World, AsgiClient, ChannelAccount],
    cloud: FakeTwilio,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503 while the database is away; the same push, later, is taken and counts."""
    world, http, _ = house
    known = sent(world)
    (push,) = cloud.take()
    from huiliu.stores.messages import PostgresMessages

    def away(self: Tx, rows: object) -> None:
        """Be away."""
        raise Unavailable("PostgreSQL", "away")

    with monkeypatch.context() as patched:
        patched.setattr(PostgresMessages, "keep_receipts", away)
        assert deliver(http, push) == 503
    assert deliver(http, push) == 200
    while receive(world):
        pass
    assert message(world, known).status == "delivered"


def test_a_push_is_no_larger_than_it_may_be(
    house: tuple[World, AsgiClient, ChannelAccount], cloud: FakeTwilio
) -> None:
    """Three megabytes are refused before they are read to the end."""
    _, http, _ = house
    big = Push(cloud.callback_url, b"x" * 3_000_000, {})
    assert deliver(http, big) == 413


def test_no_number_is_kept_of_what_was_pushed(
    house: tuple[World, AsgiClient, ChannelAccount], cloud: FakeTwilio
) -> None:
    """Receipts and replies leave neither the number nor the words in any table."""
    world, http, _ = house
    sent(world)
    cloud.reply(PHONE, "请不要再发了")
    for push in cloud.take():
        assert deliver(http, push) == 200
    receive(world)
    with world.store.system() as tx:
        connection = tx.connection  # type: ignore[attr-defined] # every table is looked through
        tables = [
            row[0]
            for row in connection.execute(
                "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace"
                " and c.relkind in ('r', 'p') and not c.relispartition"
            )
        ]
        for table in tables:
            rows = connection.execute(f'select t::text from "{table}" t').fetchall()
            assert not [row for row in rows if "13800010001" in row[0] or "不要再发" in row[0]]


def test_a_refusal_that_the_provider_tells_of_ends_marketing(
    house: tuple[World, AsgiClient, ChannelAccount],
) -> None:
    """Who stands on a carrier's list is in our ledger too, and the message has failed."""
    world, http, _ = house
    account = add_account(
        world, BRAND, "sms", "clouds",
        {"access_key_id": "a", "access_key_secret": "b", "signature": "青山茶铺"}, "aliyun",
    )  # fmt: skip
    person = someone(world, phone=PHONE, consents=("sms",))
    url = callback_url(world.secrets, world.public_url, account)
    body = (
        b'[{"phone_number":"13800010001","success":false,"err_code":"DB:0141",'
        b'"biz_id":"9^0","out_id":"","report_time":"2026-11-22 12:00:00"}]'
    )
    assert [deliver(http, Push(url, body, {})) for _ in range(2)] == [200, 200]
    names = [name for name, _ in internal_events(world)]
    assert names.count("Consent Withdrawn") == 1
    key = address_key(world, BRAND, "sms", PHONE)
    with world.store.system() as tx:
        rows = tx.people.suppression_rows(BRAND, key)
    assert person
    assert [row.reason for row in rows] == ["opted_out"]
