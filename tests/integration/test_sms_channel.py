"""SMS meets a real SMSC: parts, receipts before and after answers, lost sessions, replies."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.outbox import (
    TEXT,
    Recorder,
    internal_events,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, project_all
from tests.integration.ports import deaf_port

from huiliu.channels import make_providers
from huiliu.channels.smpp import SmppProvider
from huiliu.fakes import SmscSink
from huiliu.kernel.errors import Unavailable
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.channel import (
    Answer,
    AnswerState,
    ChannelAccount,
    OutboundMessage,
    Provider,
    Receipt,
)
from huiliu.ports.world import World
from huiliu.services.channel_accounts import add_account
from huiliu.services.dispatch import dispatch
from huiliu.services.receive import receive
from huiliu.stores.clock import SimulatedClock

MARKETING = (
    TEXT.replace("slug: text", "slug: offer")
    .replace("class: service", "class: marketing")
    .replace('text: "', 'text: "【小店】')
    .replace(' 已发货"', ' 已发货，拒收请回复R"')
)


@pytest.fixture
def sms() -> Iterator[Provider]:
    """Open the SMS channel for hosts of this machine."""
    channel = make_providers(SimulatedClock(NOW), "127.0.0.1")["smpp"]
    yield channel
    channel.close()


@pytest.fixture
def smsc() -> Iterator[SmscSink]:
    """Run our own SMSC."""
    with SmscSink() as running:
        yield running


def account(port: int, **changed: str) -> ChannelAccount:
    """Return an account at an SMSC of this machine."""
    config = {
        "host": "127.0.0.1", "port": str(port), "system_id": "huiliu", "source": "1069",
        "timeout": "60", **changed,
    }  # fmt: skip
    return ChannelAccount(BRAND, "sms", "main", config, provider="smpp")


def text_to(number: int, address: str, words: str = "您好") -> OutboundMessage:
    """Return a message to a number."""
    return OutboundMessage(number.to_bytes(16, "big"), address, {"text": words}, "service", NOW)


def send(channel: Provider, to: ChannelAccount, *messages: OutboundMessage) -> list[Answer]:
    """Send messages and return the answers in order."""
    answers = {answer.message_id: answer for answer in channel.send(to, messages)}
    return [answers[one.message_id] for one in messages]


def all_receipts(channel: Provider, to: ChannelAccount, n: int) -> list[Receipt]:
    """Return receipts and replies once so many have come."""
    found: list[Receipt] = []
    while len(found) < n:
        found += channel.receipts(to)
    return found


def test_each_way_an_smsc_can_answer_has_its_meaning(sms: Provider, smsc: SmscSink):
    """Accepted, too fast, no such number, a fault of theirs, a queue that is full."""
    answers = send(
        sms, account(smsc.port), text_to(1, "+8613800000001"), text_to(2, "+8613800009058"),
        text_to(3, "+8613800009011"), text_to(4, "+8613800009008"), text_to(5, "+8613800009014"),
    )  # fmt: skip

    assert [answer.state for answer in answers] == [
        AnswerState.ACCEPTED, AnswerState.THROTTLED, AnswerState.SUPPRESS, AnswerState.RETRY,
        AnswerState.THROTTLED,
    ]  # fmt: skip


@pytest.mark.parametrize("words", ["长" * 200 + "😀" * 10, "{€}" * 150, "short", "[" * 160])
def test_a_phone_joins_the_parts_to_what_was_written(sms: Provider, smsc: SmscSink, words: str):
    """Each part has an id of its own; the text is whole."""
    (answer,) = send(sms, account(smsc.port), text_to(1, "+8613800000001", words))

    (arrived,) = smsc.take()
    assert arrived.text == words
    assert arrived.address == "+8613800000001"
    assert len(answer.provider_ids) == smsc.report()["parts"]


def test_an_smsc_that_does_not_answer_leaves_the_message_unknown_and_the_next_goes(
    sms: Provider, smsc: SmscSink
):
    """The session is given up and bound anew; nothing is sent twice."""
    to = account(smsc.port, timeout="3")
    (hung,) = send(sms, to, text_to(1, "+8613800009004"))
    (good,) = send(sms, to, text_to(2, "+8613800000001"))

    assert (hung.state, good.state) == (AnswerState.UNKNOWN, AnswerState.ACCEPTED)
    assert [one.address for one in smsc.take()] == ["+8613800009004", "+8613800000001"]


def test_nobody_listening_is_a_reason_to_wait(sms: Provider):
    """Nothing was begun, so nothing is unknown."""
    with deaf_port() as port:
        (answer,) = send(sms, account(port), text_to(1, "+8613800000001"))

    assert answer.state is AnswerState.THROTTLED


def test_ids_written_in_two_ways_meet(sms: Provider):
    """The answer in hexadecimal, the receipt in decimal."""
    with SmscSink(hex_ids=True) as smsc:
        to = account(smsc.port, id_format="hex-decimal")
        answers = send(sms, to, *(text_to(n, f"+8613800000{n:03}") for n in range(1, 21)))
        receipts = all_receipts(sms, to, 20)

    assert {receipt.provider_id for receipt in receipts} == {
        provider_id for answer in answers for provider_id in answer.provider_ids
    }
    assert {receipt.state for receipt in receipts} == {"delivered"}


def test_a_message_is_delivered_when_every_part_is(world: World, sms: Provider, smsc: SmscSink):
    """From the outbox to the phone and back, receipts before answers included."""
    shop = dataclasses.replace(world, providers={"smpp": sms})
    put_template(world, TEXT.replace("已发货", "已发货" * 60))
    add_account(shop, BRAND, "sms", "main", account(smsc.port).config)
    good = queue(shop, someone(shop, phone="13800000001"), "text")
    early = queue(shop, someone(shop, phone="13800009005"), "text")
    bad = queue(shop, someone(shop, phone="13800009001"), "text")
    silent = queue(shop, someone(shop, phone="13800009003"), "text")

    dispatch(shop)
    while {message(shop, one).status for one in (good, early, bad)} & {"sent", "sending"}:
        receive(shop)

    stand = [(message(shop, one).status, message(shop, one).reason) for one in (good, early, bad)]
    assert stand == [("delivered", ""), ("delivered", ""), ("failed", "undelivered")]
    assert message(shop, silent).status == "sent"
    names = [name for name, _ in internal_events(shop)]
    assert names.count("Message Delivered") == 2
    assert names.count("Message Failed") == 1
    with world.store.system() as tx:
        assert len(tx.messages.receipts(BRAND, [good])) == 3  # three parts


def test_a_receipt_before_its_answer_waits_and_is_matched_later(
    world: World, clock: SimulatedClock
):
    """The receipt is kept, found when the id is known, and dropped when nobody ever claims it."""

    class Early(Recorder):
        """Reports the delivery before it answers."""

        def send(self, to: ChannelAccount, messages: Sequence[OutboundMessage]) -> Sequence[Answer]:
            """Let the receipt in first."""
            for one in messages:
                provider_id = f"p-{one.message_id.hex()}"
                self.waiting.append(Receipt("sms", "main", provider_id, "delivered", "DELIVRD"))
            self.waiting.append(Receipt("sms", "main", "foreign", "delivered", "DELIVRD"))
            assert receive(shop) == len(messages) + 1
            return super().send(to, messages)

    shop = with_providers(world, Early("sms"))
    put_template(shop, TEXT)
    sent = queue(shop, someone(shop, phone="13800000001"), "text")

    dispatch(shop)
    assert message(shop, sent).status == "sent"
    receive(shop)
    assert message(shop, sent).status == "delivered"

    clock.advance(8 * DAY)
    receive(shop)
    with world.store.system() as tx:
        assert tx.messages.forget_receipts(NOW + 30 * DAY) == 0  # it is gone already


def test_a_receipt_settles_what_was_unknown_and_a_repeat_changes_nothing(world: World):
    """Late knowledge is knowledge; final is final."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    put_template(shop, TEXT)
    sms.answer = AnswerState.UNKNOWN
    sent = queue(shop, someone(shop, phone="13800000001"), "text")
    dispatch(shop)
    assert message(shop, sent).status == "unknown"

    provider_id = f"p-{sent.hex()}"
    for state in ("delivered", "delivered", "failed"):
        sms.waiting.append(Receipt("sms", "main", provider_id, state, "x"))
        receive(shop)

    assert message(shop, sent).status == "delivered"
    assert [name for name, _ in internal_events(shop)].count("Message Delivered") == 1


@pytest.mark.parametrize("word", ["退订", "STOP", "R"])
def test_who_writes_stop_gets_no_marketing_from_then_on(
    world: World, clock: SimulatedClock, word: str
):
    """A reply ends the consent and puts the number on the list; no word of it is kept."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    put_template(shop, MARKETING)
    li = someone(shop, phone="13800000001", consents=("sms",))
    queue(shop, li, "offer")
    dispatch(shop)
    assert len(sms.sent) == 1

    clock.advance(HOUR)
    sms.waiting.append(Receipt("sms", "main", "", "reply", word, "+8613800000001"))
    receive(shop)
    late = queue(shop, li, "offer")
    project_all(shop)
    dispatch(shop)

    assert message(shop, late).reason == "consent_withdrawn"
    replied = [found for name, found in internal_events(shop) if name == "Message Replied"]
    assert replied[0]["meaning"] == "stop"
    assert word not in str(replied)


def test_a_stop_of_a_number_nobody_knows_is_honoured_when_they_become_known(world: World):
    """The keyed hash of the number is on the list before there is a profile."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    put_template(shop, MARKETING)
    put_template(shop, TEXT)
    sms.waiting.append(Receipt("sms", "main", "", "reply", "退订", "+8613800000001"))
    receive(shop)

    li = someone(shop, phone="138 0000 0001", consents=("sms",))
    late, news = queue(shop, li, "offer"), queue(shop, li, "text")
    dispatch(shop)
    dispatch(shop)

    assert message(shop, late).reason == "suppressed"
    assert message(shop, news).status == "sent"  # who wants no offers still wants their parcel


def test_who_writes_start_is_written_to_again(world: World, clock: SimulatedClock):
    """Consent can be given back the way it was taken."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    put_template(shop, MARKETING)
    li = someone(shop, phone="13800000001", consents=("sms",))
    for word in ("STOP", "START"):
        clock.advance(HOUR)
        sms.waiting.append(Receipt("sms", "main", "", "reply", word, "+8613800000001"))
        receive(shop)
    project_all(shop)

    queue(shop, li, "offer")
    dispatch(shop)

    assert len(sms.sent) == 1


def test_what_came_while_the_database_was_away_is_taken_in_when_it_is_back(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
):
    """A provider tells once: a stop that could not be written is not forgotten."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    someone(shop, phone="13800000001", consents=("sms",))
    for word in ("START", "STOP"):
        sms.waiting.append(Receipt("sms", "main", "", "reply", word, "+8613800000001"))
    sms.waiting.append(Receipt("sms", "main", "p-1", "delivered", "x"))

    def away(*_: object) -> bytes:
        raise Unavailable("PostgreSQL", "away")

    with monkeypatch.context() as patched:
        patched.setattr("huiliu.services.replies.address_key", away)
        with pytest.raises(Unavailable):
            receive(shop)
    assert internal_events(shop) == []
    clock.advance(HOUR)

    assert receive(shop) == 3
    assert receive(shop) == 0
    consents = [name for name, _ in internal_events(shop) if name.startswith("Consent")]
    assert consents == ["Consent Granted", "Consent Withdrawn"]


def test_chatter_changes_no_consent(world: World):
    """An answer that is no keyword is an event and nothing more."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    someone(shop, phone="13800000001", consents=("sms",))
    sms.waiting.append(Receipt("sms", "main", "", "reply", "谢谢", "+8613800000001"))

    assert receive(shop) == 1

    assert [name for name, _ in internal_events(shop)] == ["Message Replied"]


def test_a_phones_reply_comes_through_the_smsc(sms: Provider, smsc: SmscSink):
    """A reply in Chinese, with the number it came from."""
    to = account(smsc.port)
    send(sms, to, text_to(1, "+8613800009003"))

    smsc.reply("+8613800009003", "退订")

    (reply,) = all_receipts(sms, to, 1)
    assert (reply.state, reply.response, reply.address) == ("reply", "退订", "+8613800009003")


def test_more_replies_than_are_read_cost_no_session(sms: Provider, smsc: SmscSink):
    """While nobody reads, thousands wait; then each is there, and sending goes on."""
    assert isinstance(sms, SmppProvider)
    to = account(smsc.port)
    send(sms, to, text_to(1, "+8613900000000"))
    all_receipts(sms, to, 1)
    is_held, go_on = threading.Event(), threading.Event()

    async def hold() -> None:
        """Let nothing else run in the channel's loop."""
        is_held.set()
        go_on.wait()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(sms._loop.run, hold())
        is_held.wait()
        for number in range(1_500):
            smsc.reply("+8613900000000", f"{number}")
        go_on.set()
        holding.result()

    [answer] = send(sms, to, text_to(2, "+8613900000001"))
    assert answer.state is AnswerState.ACCEPTED
    assert len(all_receipts(sms, to, 1_501)) == 1_501
