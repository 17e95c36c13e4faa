"""FCM, JPush, Getui and browsers: what each makes of repeats, dead tokens and lost answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.integration.providers.carrying import account_of, pushed
from tests.integration.providers.pushing import doors, pushing, to

from huiliu.channels import PROVIDERS
from huiliu.channels.tokens import MINTERS, SharedTokens
from huiliu.channels.webpush import Subscription, encrypted
from huiliu.fakes.providers.cloud import Given
from huiliu.fakes.providers.fcm import FakeFcm
from huiliu.fakes.providers.getui import FakeGetui
from huiliu.fakes.providers.jpush import FakeJpush
from huiliu.fakes.providers.push import FakePush
from huiliu.fakes.providers.webpush import FakeWebPush
from huiliu.ports.channel import AnswerState, ChannelAccount, Provider
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore

Signed = tuple[Provider, FakePush, ChannelAccount]


@pytest.fixture
def signed_in(
    request: pytest.FixtureRequest, clock: SimulatedClock, store: PostgresStore
) -> Iterator[Signed]:
    """Lend a provider whose service wants an access token, shared in the store."""
    kind = request.param
    with (
        doors(clock) as plain,
        kind(now=clock.now) as fake,
        doors(clock, SharedTokens(store, plain.http, clock, MINTERS)) as access,
    ):
        provider = PROVIDERS[kind.name](access)
        yield provider, fake, account_of(provider, fake)


@pytest.mark.parametrize("signed_in", [FakeFcm, FakeGetui], indirect=True)
def test_a_token_is_got_once_and_renewed_when_it_ended(signed_in: Signed) -> None:
    """Three batches and one token; forgotten by the service, it is renewed and all arrive."""
    provider, fake, account = signed_in
    for n in (1, 11, 21):
        answers = provider.send(account, [to(n, f"tok-a-{n}"), to(n + 1, f"tok-b-{n}")])
        assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert fake.n_tokens == 1  # type: ignore[attr-defined]  # both have it
    fake.token = "another"  # type: ignore[attr-defined]
    answers = provider.send(account, [to(n, f"tok-c-{n}") for n in range(31, 41)])
    assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert fake.n_tokens == 2  # type: ignore[attr-defined]
    assert len(fake.sent) == 16


@pytest.mark.parametrize("signed_in", [FakeFcm], indirect=True)
def test_what_firebase_says_means_what_the_reference_says(signed_in: Signed) -> None:
    """Each of Google's errors leads to its reaction; a wait that it names is kept."""
    provider, _, account = signed_in
    assert provider.send(account, [to(n, f"good-{n}") for n in range(1, 12)])
    ends = ("9011", "9012", "9013", "9014", "9058", "9008", "9010")
    answers = provider.send(account, [to(20 + n, f"tok-{end}") for n, end in enumerate(ends)])
    assert [str(one.state) for one in answers] == [
        "suppress", "suppress", "fix", "suppress", "throttled", "throttled", "retry",
    ]  # fmt: skip
    assert answers[4].retry_after == 30_000_000


@pytest.mark.parametrize("signed_in", [FakeFcm], indirect=True)
def test_a_lost_answer_of_firebase_is_not_asked_again(signed_in: Signed) -> None:
    """FCM knows no repeats: the message stays unknown, and came once."""
    provider, fake, account = signed_in
    (answer,) = provider.send(account, [to(1, "tok-9009")])
    assert answer.state is AnswerState.UNKNOWN
    assert len(fake.sent) == 1


def test_jpush_answers_a_repeat_with_the_first_result(clock: SimulatedClock) -> None:
    """The answer is lost, the push is made again under the same id: phones get it once."""
    with pushing(FakeJpush, clock) as (jpush, fake, account):
        (lost,) = jpush.send(account, [to(1, "rid-9009")])
        (good,) = jpush.send(account, [to(2, "rid-a", "rid-b")])
    assert lost.state is AnswerState.ACCEPTED
    outcomes = fake.arrivals.report()["by_outcome"]
    assert isinstance(outcomes, dict)
    assert outcomes["repeats"] == 1
    assert good.state is AnswerState.ACCEPTED
    assert sorted(one.number for one in fake.sent.values()) == ["rid-9009", "rid-a", "rid-b"]


@pytest.mark.parametrize(
    ("ends", "state", "wait"),
    [("9013", "fix", 0), ("9014", "pause", 0), ("9058", "throttled", 20_000_000),
     ("9008", "retry", 0), ("9010", "retry", 0), ("9011", "rejected", 0)],
)  # fmt: skip
def test_what_jpush_says_means_what_the_reference_says(
    clock: SimulatedClock, ends: str, state: str, wait: int
) -> None:
    """Each code leads to its reaction; alone, 1011 ends nobody: it may be our fault."""
    with pushing(FakeJpush, clock) as (jpush, _, account):
        (answer,) = jpush.send(account, [to(1, f"rid-{ends}")])
    assert (str(answer.state), answer.retry_after) == (state, wait)


def test_makers_are_told_the_class_of_the_template(clock: SimulatedClock) -> None:
    """Marketing is called marketing by every maker's word; nothing in the message can change it."""
    with pushing(FakeJpush, clock) as (jpush, fake, account):
        bodies: list[dict[str, Any]] = []
        push = fake._push

        def spy(body: dict[str, Any]) -> Given:
            """Note what came."""
            bodies.append(body)
            return push(body)

        fake._push = spy  # type: ignore[method-assign]
        jpush.send(account, [to(1, "rid-a", collapse="EXPRESS"),
                             to(2, "rid-b", message_class="service")])  # fmt: skip
    told = [one["options"] for one in bodies]
    assert [one["classification"] for one in told] == [0, 1]
    assert [one["third_party_channel"]["huawei"]["category"] for one in told] == [
        "MARKETING", "EXPRESS",
    ]  # fmt: skip


@pytest.mark.parametrize("signed_in", [FakeGetui], indirect=True)
def test_getui_never_sees_an_id_of_a_request_twice(signed_in: Signed) -> None:
    """A throttled message that goes again gets a fresh id; one whose answer was lost never goes."""
    provider, fake, account = signed_in
    fake.most_a_second = 1
    first = provider.send(account, [to(1, "cid-a"), to(2, "cid-b")])
    assert sorted(str(one.state) for one in first) in (
        ["accepted", "throttled"], ["throttled", "throttled"],
    )  # fmt: skip
    fake.most_a_second = 0
    again = [to(n, f"cid-{n}") for n, one in enumerate(first) if one.state != "accepted"]
    assert {one.state for one in provider.send(account, again)} == {AnswerState.ACCEPTED}
    (lost,) = provider.send(account, [to(9, "cid-9009")])
    assert lost.state is AnswerState.UNKNOWN
    assert "lost" not in fake.arrivals.report()["by_outcome"]  # type: ignore[operator]


@pytest.mark.parametrize("signed_in", [FakeGetui], indirect=True)
def test_receipts_of_getui_are_believed_only_when_signed(signed_in: Signed) -> None:
    """A receipt names its task without the address; a forged one is refused."""
    provider, fake, account = signed_in
    (answer,) = provider.send(account, [to(1, "cid-a")])
    (push,) = fake.take()
    found = pushed(provider, account, push)
    assert [(one.provider_id, one.state) for one in found.receipts] == [
        (answer.provider_ids[0], "delivered")
    ]
    forged = type(push)(push.url, push.body.replace(b"RASS_", b"RASX_"), push.headers)
    assert pushed(provider, account, forged).status == 401


def test_a_browser_reads_what_was_sent_to_it(clock: SimulatedClock) -> None:
    """Encrypted and signed: the fake checks VAPID for its own address and decrypts as browsers."""
    with pushing(FakeWebPush, clock) as (webpush, fake, account):
        (answer,) = webpush.send(account, [to(1, fake.subscription("one"))])
    assert answer.state is AnswerState.ACCEPTED
    assert [one.text for one in fake.sent.values()] == ["第 1 条"]


@pytest.mark.parametrize(
    ("ends", "state"),
    [("9011", "suppress"), ("9012", "suppress"), ("9013", "fix"), ("9014", "pause"),
     ("9058", "throttled"), ("9008", "throttled"), ("9010", "unknown")],
)  # fmt: skip
def test_what_push_services_say_means_what_the_reference_says(
    clock: SimulatedClock, ends: str, state: str
) -> None:
    """Each status of RFC 8030 leads to its reaction."""
    with pushing(FakeWebPush, clock) as (webpush, fake, account):
        (answer,) = webpush.send(account, [to(1, fake.subscription(f"browser-{ends}"))])
    assert answer.state == state


def test_only_known_push_services_are_called(clock: SimulatedClock) -> None:
    """A subscription that leads elsewhere is dead at once, and nobody is called."""
    with pushing(FakeWebPush, clock) as (webpush, fake, account):
        mine = json.loads(fake.subscription("one"))
        theirs = json.dumps(mine | {"endpoint": "https://intranet.example/steal"})
        (answer,) = webpush.send(account, [to(1, theirs)])
    assert (answer.state, answer.code) == (AnswerState.SUPPRESS, "no address")


def test_an_independent_library_reads_our_encryption() -> None:
    """http-ece, which knows nothing of us, decrypts what we encrypted (RFC 8291)."""
    browser = ec.generate_private_key(ec.SECP256R1())
    numbers = browser.public_key().public_numbers()
    point = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    subscription = Subscription("https://push.example/x", point, b"0123456789abcdef")
    sealed = encrypted("降价了".encode(), subscription)
    found = http_ece.decrypt(
        sealed, private_key=browser, auth_secret=subscription.auth, version="aes128gcm"
    )
    assert found.decode() == "降价了"
