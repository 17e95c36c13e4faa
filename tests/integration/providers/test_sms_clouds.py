"""SMS clouds against fakes that check signature, time, quota and template as the real ones do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from tests.conftest import NOW
from tests.integration.providers.carrying import TEMPLATES, access, fake, message, pushed

from huiliu.channels.twilio import TwilioProvider
from huiliu.ports.channel import AnswerState, ChannelAccount, Doubt
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.stores.clock import SimulatedClock

CLOUDS = ("aliyun", "tencent", "huawei", "twilio")
#: What scripts of the fakes must mean; a provider that has no such answer is left out.
MEANINGS = {
    "9011": ("suppress", {"aliyun", "tencent", "twilio"}),
    "9012": ("suppress", {"tencent", "twilio"}),
    "9013": ("fix", {"aliyun", "tencent", "huawei", "twilio"}),
    "9014": ("pause", {"aliyun", "tencent", "huawei", "twilio"}),
    "9015": ("rejected", {"aliyun", "tencent", "huawei"}),
    "9058": ("throttled", {"aliyun", "tencent", "twilio"}),
    "9016": ("throttled", {"tencent"}),
    "9008": ("retry", {"aliyun", "huawei"}),
    "9010": ("unknown", set(CLOUDS)),
    "9009": ("unknown", set(CLOUDS)),
}
CASES = [(name, ends, state) for ends, (state, names) in MEANINGS.items() for name in sorted(names)]


@pytest.mark.parametrize("name", CLOUDS)
def test_messages_arrive_and_their_receipts_find_them(clock: SimulatedClock, name: str) -> None:
    """Each is accepted, arrives once, and its receipt names it by its id or by the provider's."""
    messages = [message(n) for n in range(1, 26)]
    with fake(name, clock, TEMPLATES) as (provider, cloud, account):
        answers = {one.message_id: one for one in provider.send(account, messages)}
        assert {one.state for one in answers.values()} == {AnswerState.ACCEPTED}
        arrived = cloud.arrivals.take()
        assert sorted(one.address for one in arrived) == sorted(one.address for one in messages)
        assert cloud.counts()["duplicates"] == 0
        receipts = [
            one for push in cloud.take() for one in pushed(provider, account, push).receipts
        ]
    assert {one.state for one in receipts} == {"delivered"}
    known = {provided: one.message_id for one in answers.values() for provided in one.provider_ids}
    found = [one.message_id or known[one.provider_id] for one in receipts]
    assert sorted(found) == sorted(answers)
    by_provider_id = [known[one.provider_id] for one in receipts]
    assert by_provider_id == found


@pytest.mark.parametrize(("name", "ends", "state"), CASES)
def test_an_answer_means_what_the_documents_say(
    clock: SimulatedClock, name: str, ends: str, state: str
) -> None:
    """Each code of a provider leads to its reaction, and its words hold no number."""
    with fake(name, clock, TEMPLATES) as (provider, _, account):
        (answer,) = provider.send(account, [message(1, ends=ends)])
    assert answer.state == state
    assert "138" not in answer.response


@pytest.mark.parametrize("name", ["aliyun", "tencent", "huawei"])
def test_one_bad_number_does_not_harm_the_others_of_its_call(
    clock: SimulatedClock, name: str
) -> None:
    """The call that is refused as a whole is made again for each alone; nothing is sent twice."""
    ends = {"aliyun": "9011", "tencent": "9012", "huawei": "9015"}[name]
    messages = [message(n) for n in range(1, 5)] + [message(5, ends=ends)]
    with fake(name, clock, TEMPLATES) as (provider, cloud, account):
        answers = {one.message_id: one.state for one in provider.send(account, messages)}
        assert cloud.counts()["received"] == 4
        assert cloud.counts()["duplicates"] == 0
    assert [answers[one.message_id] for one in messages[:4]] == [AnswerState.ACCEPTED] * 4
    assert answers[messages[4].message_id] in {AnswerState.SUPPRESS, AnswerState.REJECTED}


@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_a_message_whose_answer_was_lost_is_asked_for(clock: SimulatedClock, name: str) -> None:
    """The provider is asked, and only what it says of this very message counts."""
    lost, other = message(1, ends="9009"), message(2, to=message(1, ends="9009").address)
    with fake(name, clock, TEMPLATES) as (provider, _, account):
        assert [one.state for one in provider.send(account, [lost])] == [AnswerState.UNKNOWN]
        doubts = [Doubt(one.message_id, one.address, NOW) for one in (lost, other)]
        found = provider.query(account, doubts)
    assert [(one.message_id, one.state) for one in found] == [(lost.message_id, "delivered")]


@pytest.mark.parametrize("name", ["aliyun", "huawei", "twilio"])
def test_a_message_whose_answer_was_lost_is_settled_by_its_receipt(
    clock: SimulatedClock, name: str
) -> None:
    """The receipt itself names our message: no answer is needed to know whose it is."""
    lost = message(1, ends="9009")
    with fake(name, clock, TEMPLATES) as (provider, cloud, account):
        provider.send(account, [lost])
        (push,) = cloud.take()
        (receipt,) = pushed(provider, account, push).receipts
    assert (receipt.message_id, receipt.state) == (lost.message_id, "delivered")


@pytest.mark.parametrize("name", CLOUDS)
def test_a_wrong_secret_pauses_the_account(clock: SimulatedClock, name: str) -> None:
    """Nothing is sent, and nothing is tried again: an operator has to look."""
    with fake(name, clock) as (provider, cloud, account):
        secret = {"aliyun": "access_key_secret", "tencent": "secret_key", "huawei": "app_secret",
                  "twilio": "auth_token"}[name]  # fmt: skip
        wrong = ChannelAccount(
            account.brand_id, account.channel, account.name, {**account.config, secret: "wrong"},
            provider=name,
        )  # fmt: skip
        (answer,) = provider.send(wrong, [message(1)])
        assert cloud.counts()["received"] == 0
    assert answer.state is AnswerState.PAUSE


@pytest.mark.parametrize("name", ["aliyun", "tencent", "huawei"])
def test_a_clock_that_is_wrong_is_told_as_such(clock: SimulatedClock, name: str) -> None:
    """A signature of an hour ago is refused; the account pauses instead of trying on and on."""
    with fake(name, clock) as (provider, cloud, account):
        cloud.now = lambda: NOW + 3_600_000_000
        (answer,) = provider.send(account, [message(1)])
        assert cloud.counts()["received"] == 0
    assert answer.state is AnswerState.PAUSE


@pytest.mark.parametrize("name", ["aliyun", "tencent", "huawei"])
def test_what_was_not_approved_is_not_sent(clock: SimulatedClock, name: str) -> None:
    """A message without an approved text is never handed over; an unknown one is our fault."""
    bare = replace(message(1), filed=None)
    with fake(name, clock, TEMPLATES) as (provider, cloud, account):
        answers = provider.send(account, [bare, message(2, code="SMS_9")])
        assert cloud.counts()["received"] == 0
    assert {one.state for one in answers} == {AnswerState.FIX}


def test_values_of_a_template_are_each_person_s_own(clock: SimulatedClock) -> None:
    """One call of Dysms carries different values; each number gets its own."""
    messages = [
        message(n, code="SMS_2", params=(("name", f"客{n}"), ("code", f"{n:04}")))
        for n in range(1, 13)
    ]
    with fake("aliyun", clock, TEMPLATES) as (provider, cloud, account):
        provider.send(account, messages)
        texts = {one.address: one.text for one in cloud.arrivals.take()}
        assert sum(cloud.asked.values()) == 2
    assert texts == {
        one.address: f"【青山茶铺】您好客{n},验证码{n:04}" for n, one in enumerate(messages, 1)
    }


def test_calls_past_the_quota_are_put_off(clock: SimulatedClock) -> None:
    """What the provider does not take in this second is throttled, not lost and not refused."""
    with fake("twilio", clock) as (provider, cloud, account):
        cloud.most_a_second = 3
        states = [one.state for one in provider.send(account, [message(n) for n in range(1, 9)])]
    assert states.count(AnswerState.ACCEPTED) == 3
    assert states.count(AnswerState.THROTTLED) == 5


def test_marketing_at_night_waits_until_eight(clock: SimulatedClock) -> None:
    """Tencent takes none before eight in China: it goes again then, not a minute later."""
    with fake("tencent", clock) as (provider, _, account):
        (answer,) = provider.send(account, [message(1, ends="9016")])
    assert answer.state is AnswerState.THROTTLED
    # It is noon in Shanghai.
    assert answer.retry_after == 20 * 3_600_000_000


@pytest.mark.parametrize("name", CLOUDS)
def test_a_reply_comes_with_number_and_words(clock: SimulatedClock, name: str) -> None:
    """The number is whole, with its country code, however the provider writes it."""
    with fake(name, clock) as (provider, cloud, account):
        cloud.reply("+8613800010001", "退订")
        (push,) = cloud.take()
        answer = pushed(provider, account, push)
    (reply,) = answer.receipts
    assert answer.status == 200
    assert (reply.state, reply.address, reply.response) == ("reply", "+8613800010001", "退订")


@pytest.mark.parametrize("name", CLOUDS)
@pytest.mark.parametrize(("ends", "state"), [("9001", "failed"), ("9002", "expired")])
def test_failures_are_told_with_their_code(
    clock: SimulatedClock, name: str, ends: str, state: str
) -> None:
    """A carrier's code stays readable, and the state is one of ours."""
    with fake(name, clock) as (provider, cloud, account):
        provider.send(account, [message(1, ends=ends)])
        (push,) = cloud.take()
        (receipt,) = pushed(provider, account, push).receipts
    # Twilio knows no expiry.
    assert receipt.state == ("failed" if name == "twilio" else state)
    assert receipt.code


def test_calls_have_their_whole_time_before_them(clock: SimulatedClock) -> None:
    """They go out a few at a time: one that waited behind others would be cut off on its way."""
    sizes: list[int] = []

    class Watched:
        """Notes how many calls are made at once."""

        def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
            """Answer none of them."""
            sizes.append(len(calls))
            return [HttpAnswer(Reach.UNREACHED, cause="nobody") for _ in calls]

    with access(clock) as doors:
        provider = TwilioProvider(dataclasses.replace(doors, http=Watched()))  # type: ignore[arg-type] # it only calls
        account = ChannelAccount(1, "sms", "main", {"endpoint": "https://x.example"})
        answers = provider.send(account, [message(n) for n in range(1, 21)])
    assert sizes == [8, 8, 4]
    assert {one.state for one in answers} == {AnswerState.THROTTLED}
