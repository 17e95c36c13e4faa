"""CMPP against a gateway that checks who comes, windows and versions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace
from tests.integration.providers.carrying import access, message

from huiliu.channels.cmpp import CmppProvider
from huiliu.fakes.providers import FakeGateway
from huiliu.ports.channel import AnswerState, ChannelAccount, Receipt
from huiliu.stores.clock import SimulatedClock

LONG = "【青山茶铺】" + "您的订单已发货，请留意查收。" * 12 + "🎉拒收请回复R"


@contextmanager
def gateway(
    clock: SimulatedClock, *, version: int = 0x30, **config: str
) -> Iterator[tuple[CmppProvider, FakeGateway, ChannelAccount]]:
    """Lend a provider, the gateway that it connects to, and an account there."""
    with access(clock) as doors, FakeGateway(version=version) as fake:
        provider = CmppProvider(doors)
        account = ChannelAccount(1, "sms", "main", {**fake.config, **config}, provider="cmpp")
        try:
            yield provider, fake, account
        finally:
            provider.close()


def until(found: Callable[[], bool]) -> None:
    """Return when something is so; fail when it takes too long."""
    ends_at = time.monotonic() + 60
    while not found():
        assert time.monotonic() < ends_at, "it did not come to pass"


def receipts_of(provider: CmppProvider, account: ChannelAccount, n: int) -> list[Receipt]:
    """Return so many receipts, once they have come."""
    found: list[Receipt] = []

    def enough() -> bool:
        """Say whether all have come."""
        found.extend(provider.receipts(account))
        return len(found) >= n

    until(enough)
    return found


@pytest.mark.parametrize("version", [0x20, 0x30])
def test_messages_arrive_and_their_reports_find_them(clock: SimulatedClock, version: int) -> None:
    """Both versions: each arrives once, and its report carries the id of its answer."""
    messages = [message(n) for n in range(1, 61)]
    with gateway(clock, version=version, connections="2") as (provider, fake, account):
        answers = provider.send(account, messages)
        assert {one.state for one in answers} == {AnswerState.ACCEPTED}
        arrived = fake.take()
        receipts = receipts_of(provider, account, len(messages))
        assert fake.counts["connections"] == 2
    assert sorted(one.address for one in arrived) == sorted(one.address for one in messages)
    known = sorted(one for answer in answers for one in answer.provider_ids)
    assert sorted(one.provider_id for one in receipts) == known
    assert {one.state for one in receipts} == {"delivered"}


def test_a_long_text_arrives_whole(clock: SimulatedClock) -> None:
    """It goes in parts, each with its own id and report; a phone joins them to the same text."""
    whole = replace(message(1), parts={"text": LONG})
    with gateway(clock) as (provider, fake, account):
        (answer,) = provider.send(account, [whole])
        (arrived,) = fake.take()
        receipts = receipts_of(provider, account, len(answer.provider_ids))
    assert arrived.text == LONG
    assert answer.units == len(answer.provider_ids) == 3
    assert {one.provider_id for one in receipts} == set(answer.provider_ids)


def test_the_signature_is_put_on_once(clock: SimulatedClock) -> None:
    """A text that has one keeps it; one that has none gets the account's."""
    bare = type(message(1))(
        message(1).message_id, "+8613800010001", {"text": "已发货"}, "service", 0
    )
    with gateway(clock, signature="青山茶铺") as (provider, fake, account):
        provider.send(account, [bare, message(2)])
        texts = sorted(one.text for one in fake.take())
    assert texts == sorted(["【青山茶铺】已发货", "【青山茶铺】您的订单2已发货"])


@pytest.mark.parametrize(
    ("ends", "state"),
    [("9011", "suppress"), ("9013", "fix"), ("9014", "pause"), ("9008", "retry"),
     ("9058", "throttled"), ("9010", "pause"), ("9009", "unknown")],
)  # fmt: skip
def test_a_result_means_what_the_protocol_says(
    clock: SimulatedClock, ends: str, state: str
) -> None:
    """Each result leads to its reaction; a connection that ends in between leaves it unknown."""
    with gateway(clock) as (provider, _, account):
        (answer,) = provider.send(account, [message(1, ends=ends)])
    assert answer.state == state


def test_no_answer_in_time_is_unknown_and_the_others_go_on(clock: SimulatedClock) -> None:
    """A submit that is never answered holds nobody up and is not sent again."""
    messages = [message(1, ends="9004"), *(message(n) for n in range(2, 30))]
    with gateway(clock, timeout="3", connections="2", window="2") as (provider, fake, account):
        answers = {one.message_id: one.state for one in provider.send(account, messages)}
        arrived = [one.address for one in fake.take()]
    assert answers[messages[0].message_id] is AnswerState.UNKNOWN
    assert arrived.count(messages[0].address) == 1
    good = [one for one in messages[1:] if answers[one.message_id] is AnswerState.ACCEPTED]
    # Those that were on the same connection may not be known either; none is lost or repeated.
    assert len(good) >= len(messages) - 3
    assert len(arrived) == len(set(arrived))


def test_flow_control_slows_down_and_loses_nothing(clock: SimulatedClock) -> None:
    """A gateway that says `too fast` twice gets the part a third time, and once only."""
    with gateway(clock) as (provider, fake, account):
        fake.busy_for = 2
        answers = provider.send(account, [message(n) for n in range(1, 9)])
        arrived = fake.take()
    assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert len(arrived) == len({one.address for one in arrived}) == 8


@pytest.mark.parametrize("changed", [{"secret": "wrong"}, {"sp_id": "900000"}])
def test_who_is_not_let_in_pauses(clock: SimulatedClock, changed: dict[str, str]) -> None:
    """A wrong secret or code stops the account; nothing was sent."""
    with gateway(clock) as (provider, fake, good):
        account = ChannelAccount(1, "sms", "main", {**good.config, **changed}, provider="cmpp")
        (answer,) = provider.send(account, [message(1)])
        assert fake.report()["received"] == 0
    assert answer.state is AnswerState.PAUSE


def test_a_version_that_is_too_high_pauses(clock: SimulatedClock) -> None:
    """A gateway of 2.0 refuses 3.0: the operator has to say so, nothing is guessed."""
    with gateway(clock, version=0x20) as (provider, _, account):
        newer = ChannelAccount(1, "sms", "main", {**account.config, "version": "3.0"},
                               provider="cmpp")  # fmt: skip
        (answer,) = provider.send(newer, [message(1)])
    assert answer.state is AnswerState.PAUSE
    assert "status 4" in answer.response


def test_a_lost_connection_is_opened_again(clock: SimulatedClock) -> None:
    """After the gateway has hung up the next batch connects anew and arrives."""
    with gateway(clock) as (provider, fake, account):
        provider.send(account, [message(1)])
        fake.hang_up()
        until(lambda: provider.send(account, [message(2)])[0].state is AnswerState.ACCEPTED)
        assert fake.counts["connections"] == 2


def test_a_silent_gateway_is_given_up(clock: SimulatedClock) -> None:
    """Three tests without an answer end the connection; a new one is opened when it is needed."""
    with gateway(clock, test_every="1", timeout="2") as (provider, fake, account):
        fake.is_deaf = True
        provider.send(account, [message(1)])
        until(lambda: fake.counts["tests"] >= 3)
        # It hears again only when it was given up: an answer to the third test would save the line.
        until(lambda: not fake._lines)
        fake.is_deaf = False

        def is_anew() -> bool:
            """Say whether a message goes, over another connection than the first."""
            (answer,) = provider.send(account, [message(2)])
            return answer.state is AnswerState.ACCEPTED and fake.counts["connections"] >= 2

        until(is_anew)
        assert fake.counts["connections"] == 2


def test_a_reply_comes_with_number_and_words(clock: SimulatedClock) -> None:
    """A phone's message has its sender's whole number and the number that it was sent to."""
    with gateway(clock) as (provider, fake, account):
        provider.send(account, [message(1)])
        fake.reply("+8613800010001", "退订")
        found = [one for one in receipts_of(provider, account, 2) if one.state == "reply"]
    (reply,) = found
    assert (reply.address, reply.response, reply.to) == ("+8613800010001", "退订", "10690123")


def test_a_gateway_that_does_not_know_the_secret_is_not_trusted(clock: SimulatedClock) -> None:
    """Where the account asks for proof, a stranger's answer pauses it and nothing is sent."""
    with gateway(clock, check_gateway="yes") as (provider, fake, account):
        assert provider.send(account, [message(1)])[0].state is AnswerState.ACCEPTED
    with gateway(clock, check_gateway="yes") as (provider, fake, account):
        fake.proves_itself = False
        assert provider.send(account, [message(1)])[0].state is AnswerState.PAUSE
        assert fake.report()["received"] == 0
