"""What SMS clouds share: tickets that find a message, calls that confuse nobody, any push."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.channels import PROVIDERS
from huiliu.channels.access import NO_TOKENS, Access
from huiliu.channels.aliyun import AliyunProvider
from huiliu.channels.carrier_codes import state_of
from huiliu.channels.huawei import signed
from huiliu.channels.outbound import HostRule
from huiliu.channels.sms_cloud import (
    first_eight,
    full,
    mark,
    national,
    ticket,
    ticket_of,
    without_numbers,
)
from huiliu.kernel.texts import LOCALES, catalogue
from huiliu.kernel.times import HOUR, SECOND, as_instant
from huiliu.ports.channel import Callback, ChannelAccount, Filed, OutboundMessage, Provider
from huiliu.ports.outbound import CLOSED
from huiliu.stores.clock import SimulatedClock

NOW = as_instant("2026-11-22T04:00:00Z") or 0
ACCESS = Access(HostRule.parse(""), CLOSED, SimulatedClock(NOW), NO_TOKENS)
NUMBERS = st.integers(13_000_000_000, 19_999_999_999).map(lambda n: f"+86{n}")
PUSHED = ("aliyun", "tencent", "huawei", "twilio", "webhook")


def message(number: int, address: str, code: str = "SMS_1") -> OutboundMessage:
    """Return the so-manieth message."""
    return OutboundMessage(
        number.to_bytes(16, "big"), address, {"text": "您好"}, "service", NOW,
        filed=Filed("青山茶铺", code),
    )  # fmt: skip


@given(st.lists(NUMBERS, min_size=1, max_size=60), st.randoms())
def test_a_ticket_gives_back_each_message_and_no_other(addresses: list[str], order: object) -> None:
    """However many share a call, each number finds its own message, written in any way."""
    del order
    provider = AliyunProvider(ACCESS)
    messages = [message(n, address) for n, address in enumerate(addresses, 1)]
    batches = provider.batches(messages)
    assert sorted(one.message_id for batch in batches for one in batch) == [
        one.message_id for one in messages
    ]
    for batch in batches:
        written = ticket(batch)
        assert len(batch) <= provider.largest
        # Source: OutId of Dysms is shorter than 256 letters.
        assert len(written) < 256
        for one in batch:
            for spelt in (one.address, national(one.address), f"0086{national(one.address)}"):
                assert ticket_of(written, spelt) == one.message_id


@given(st.text(max_size=300), NUMBERS)
def test_what_is_no_ticket_is_nobody_s(written: str, number: str) -> None:
    """Whatever a provider hands back, it is an id of sixteen bytes or none."""
    assert len(ticket_of(written, number)) in {0, 16}


def test_messages_of_different_templates_share_no_call() -> None:
    """A call has one template; what belongs together stays together."""
    provider = AliyunProvider(ACCESS)
    messages = [message(n, f"+86138000{n:05}", f"SMS_{n % 2}") for n in range(1, 11)]
    for batch in provider.batches(messages):
        assert len({one.filed.code for one in batch if one.filed}) == 1


def test_a_mark_does_not_give_a_number_away() -> None:
    """Twelve bits: among a million numbers hundreds share each mark."""
    marks = {mark(f"+86138{n:08}") for n in range(20_000)}
    assert len(marks) <= 4_096


@pytest.mark.parametrize(
    ("written", "short", "whole"),
    [("+8613800010001", "13800010001", "+8613800010001"),
     ("13800010001", "13800010001", "+8613800010001"),
     ("+85251234567", "85251234567", "+85251234567"),
     ("+14155550100", "14155550100", "+14155550100")],
)  # fmt: skip
def test_numbers_are_written_as_china_s_providers_want_them(
    written: str, short: str, whole: str
) -> None:
    """A Chinese number goes without its country code, any other with it."""
    assert national(written) == short
    if len(short) == 11 and short.startswith("1") and not written.startswith("+1"):
        assert full(short) == whole


def test_words_of_a_provider_hold_no_number() -> None:
    """What looks like one is left out, and codes stay."""
    said = "21211 The 'To' number +14155550100 is not valid; 138-0001-0001, 13800****01"
    assert without_numbers(said) == "21211 The 'To' number … is not valid; …, …"


@pytest.mark.parametrize(
    ("at", "hours"),
    [("2026-11-22T22:00:00Z", 2), ("2026-11-22T23:59:59Z", 1 / 3600), ("2026-11-23T00:00:00Z", 24)],
)
def test_eight_in_china_is_never_more_than_a_day_away(at: str, hours: float) -> None:
    """At eight itself the next one is meant: the provider has just refused."""
    assert first_eight(as_instant(at) or 0) == round(hours * 3600) * SECOND
    assert 0 < first_eight(as_instant(at) or 0) <= 24 * HOUR


@pytest.mark.parametrize(
    ("code", "words", "is_delivered", "state"),
    [("DELIVRD", "", None, "delivered"), ("DELIVERED", "", True, "delivered"),
     ("UNDELIV", "", False, "failed"), ("EXPIRED", "", False, "expired"),
     ("MK:0001", "空号", False, "failed"), ("DB:0141", "", False, "unsubscribed"),
     ("X", "用户已退订", False, "unsubscribed"), ("UNKNOWN", "", None, ""),
     ("ACCEPTD", "", None, ""), ("UNKNOWN", "", False, "failed"), ("", "", None, "")],
)  # fmt: skip
def test_a_carrier_s_code_is_read(
    code: str, words: str, is_delivered: bool | None, state: str
) -> None:
    """Final or not, delivered or not, refused or not."""
    assert state_of(code, words, is_delivered=is_delivered) == state


def test_huawei_s_signature_is_that_of_its_sdk() -> None:
    """Of this request huaweicloudsdkcore 3.1.219 makes this signature."""
    body = (
        '{"from":"8822093095550","smsContent":[{"to":["+8613800010001"],"templateId":"T1",'
        '"templateParas":["a b"],"signature":"青山茶铺"}],"extend":"x"}'
    )
    config = {"app_key": "fakeHuaweiAppKey", "app_secret": "fake-huawei-secret"}
    call = signed(config, "/sms/batchSendDiffSms/v1", body.encode(), NOW)
    assert call.headers["Authorization"] == (
        "SDK-HMAC-SHA256 Access=fakeHuaweiAppKey, SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=96bbfb5eb9d80d39d3371eecc36dd4670573ac8b72dc4721ca53a08eac1d6ae0"
    )


def provider_of(name: str) -> tuple[Provider, ChannelAccount]:
    """Return a provider that reaches nobody, and an account of it."""
    provider = PROVIDERS[name](ACCESS)
    config = {field.name: field.default or "x" for field in provider.fields}
    return provider, ChannelAccount(1, provider.channel, "main", config, provider=name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["phone_number", "content", "out_id", "biz_id", "mobile", "text", "time",
                         "sid", "report_status", "errmsg", "state", "message_id", "success"]),
        inner, max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("name", PUSHED)
@given(body=st.binary(max_size=200) | JSON.map(msgspec.json.encode))
def test_a_push_of_anybody_is_answered(name: str, body: bytes) -> None:
    """Whatever is sent to a callback's address, it is read or refused, and nothing breaks."""
    provider, account = provider_of(name)
    for headers in ({}, {"authorization": "SDK-HMAC-SHA256 Access=x", "webhook-id": "1"}):
        answer = provider.callback(account, Callback("POST", "https://x.example/c", headers, body))
        assert answer.status in {200, 400, 401, 403}
        assert all(one.state for one in answer.receipts)


@pytest.mark.parametrize("name", PUSHED)
@given(body=st.dictionaries(
    st.sampled_from(["smsMsgId", "status", "total", "sequence", "extend", "to", "from", "body",
                     "MessageSid", "MessageStatus", "From", "Body", "updateTime"]),
    st.text(max_size=30), max_size=8))  # fmt: skip
def test_a_form_of_anybody_is_answered(name: str, body: dict[str, str]) -> None:
    """The same for forms, as Huawei and Twilio push them."""
    provider, account = provider_of(name)
    written = urlencode(body).encode()
    answer = provider.callback(account, Callback("POST", "https://x.example/c", {}, written))
    assert answer.status in {200, 400, 401, 403}


@pytest.mark.parametrize("name", sorted(set(PROVIDERS) - {"smtp", "smpp"}))
def test_a_form_of_an_account_is_checked_whole(name: str) -> None:
    """Nothing given: every field that must be there is told at once; an odd one is told too."""
    provider = PROVIDERS[name](ACCESS)
    wrong = provider.problems({"odd": "1", "weight": "heavy"})
    needed = {field.name for field in provider.fields if field.default is None}
    assert needed | {"odd", "weight"} <= {one.path for one in wrong}


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_field_and_limit_of_a_provider_has_its_words(name: str) -> None:
    """Whoever sets an account up reads names in both languages, never keys."""
    provider = PROVIDERS[name](ACCESS)
    for locale in LOCALES:
        known = catalogue(locale)
        assert f"channel.provider.{name}" in known
        assert not [one.name for one in provider.fields if f"channel.field.{one.name}" not in known]
        assert not [one.name for one in provider.limits if f"channel.limit.{one.name}" not in known]
