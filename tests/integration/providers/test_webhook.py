"""Messages to a brand's own server: signed, signed in with a token that all processes share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook
from tests.conftest import BRAND, NOW
from tests.integration.providers.carrying import access, account_of, fake, message, pushed

from huiliu.channels.tokens import MINTERS, SharedTokens
from huiliu.channels.webhook import WebhookProvider
from huiliu.fakes.providers.endpoint import FakeEndpoint
from huiliu.ports.channel import Answer, AnswerState, Callback, ChannelAccount, OutboundMessage
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore

#: When every test takes place, as the library of Standard Webhooks takes it.
AT = datetime.fromtimestamp(NOW // 1_000_000, UTC)


def to(number: int, ends: str = "0000") -> OutboundMessage:
    """Return the so-manieth message, to a profile."""
    return replace(message(number), address=f"p_abc{number:04}{ends}", filed=None)


def test_messages_arrive_signed_and_their_reports_find_them(clock: SimulatedClock) -> None:
    """Each is taken once, and the receiver's report names it by our id."""
    messages = [to(n) for n in range(1, 21)]
    with fake("webhook", clock) as (provider, server, account):
        answers = provider.send(account, messages)
        assert {one.state for one in answers} == {AnswerState.ACCEPTED}
        receipts = [
            one for push in server.take() for one in pushed(provider, account, push).receipts
        ]
    assert sorted(one.message_id for one in receipts) == [one.message_id for one in messages]


@pytest.mark.parametrize(
    ("ends", "state"),
    [("9011", "suppress"), ("9013", "rejected"), ("9014", "pause"), ("9058", "throttled"),
     ("9008", "throttled"), ("9010", "unknown"), ("9009", "unknown")],
)  # fmt: skip
def test_a_status_means_what_the_reference_says(
    clock: SimulatedClock, ends: str, state: str
) -> None:
    """Each status of the receiver leads to its reaction."""
    with fake("webhook", clock) as (provider, _, account):
        (answer,) = provider.send(account, [to(1, ends)])
    assert answer.state == state


def test_what_we_sign_the_reference_library_takes(clock: SimulatedClock) -> None:
    """Standard Webhooks' own library verifies a report of the fake: fake and provider agree."""
    with fake("webhook", clock) as (provider, server, account):
        provider.send(account, [to(1)])
        (push,) = server.take()
        signer = Webhook(account.config["secret"])
        found = signer.sign(push.headers["webhook-id"], AT, push.body.decode())
    assert found == push.headers["webhook-signature"]


def test_a_forged_or_stale_report_is_refused(clock: SimulatedClock) -> None:
    """Another body, another secret, or another hour: 401, and nothing is read."""
    with fake("webhook", clock) as (provider, server, account):
        provider.send(account, [to(1)])
        (push,) = server.take()
        headers = dict(push.headers)
        forged = Callback("POST", push.url, headers, push.body.replace(b"delivered", b"failed"))
        assert provider.callback(account, forged).status == 401
        clock.advance(3_600_000_000)
        stale = Callback("POST", push.url, headers, push.body)
        assert provider.callback(account, stale).status == 401


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"state":"odd"}', b'[{"state":"delivered"}]'])
def test_a_report_that_says_nothing_is_refused(clock: SimulatedClock, body: bytes) -> None:
    """Well signed but not understood: 400, so that its sender learns of it."""
    with fake("webhook", clock) as (provider, _, account):
        stamp = str(NOW // 1_000_000)
        signature = Webhook(account.config["secret"]).sign("x", AT, body.decode())
        headers = {"webhook-id": "x", "webhook-timestamp": stamp, "webhook-signature": signature}
        assert provider.callback(account, Callback("POST", "", headers, body)).status == 400


@pytest.fixture
def signed_in(
    clock: SimulatedClock, store: PostgresStore
) -> Iterator[tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens]]:
    """Lend a provider whose receiver wants a token of its own."""
    with access(clock) as plain, FakeEndpoint(now=clock.now) as server:
        server.wants_token = True
        tokens = SharedTokens(store, plain.http, clock, MINTERS)
        with access(clock, tokens=tokens) as doors:
            provider = WebhookProvider(doors)
            yield provider, server, account_of(provider, server), tokens


def test_a_token_is_got_once_and_used_for_all(
    signed_in: tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens],
) -> None:
    """Three batches and one token."""
    provider, server, account, _ = signed_in
    states = [one.state for n in (1, 11, 21) for one in provider.send(account, [to(n), to(n + 1)])]
    assert set(states) == {AnswerState.ACCEPTED}
    assert server.n_tokens == 1


def test_a_token_that_has_ended_is_renewed_once_and_the_message_goes(
    signed_in: tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens],
) -> None:
    """The receiver forgot the token: one renewal, and every message arrives exactly once."""
    provider, server, account, _ = signed_in
    provider.send(account, [to(1)])
    server.token = "another"
    answers = provider.send(account, [to(n) for n in range(2, 12)])
    assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert server.n_tokens == 2
    assert len(server.sent) == 11


def test_many_who_renew_at_once_get_one_token(
    signed_in: tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens],
) -> None:
    """Twenty callers with the same spent token: one asks, all get what it got."""
    _, server, account, tokens = signed_in
    spent = tokens.get(account)
    found: list[str] = []
    together = threading.Barrier(20)

    def renew() -> None:
        """Renew at the same moment as the others."""
        together.wait()
        found.append(tokens.renew(account, spent))

    threads = [threading.Thread(target=renew) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == ["token-2"] * 20
    assert server.n_tokens == 2


def test_who_vanishes_while_renewing_does_not_lock_the_others_out(
    signed_in: tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens],
    clock: SimulatedClock,
    store: PostgresStore,
) -> None:
    """A claim that nobody finishes ends with its lease; what the vanished one brings is late."""
    _, server, account, tokens = signed_in
    with store.system() as tx:
        claimed = tx.tokens.claim(account, 0, clock.now(), clock.now() + 60_000_000)
    assert claimed
    clock.advance(61_000_000)
    assert tokens.get(account) == "token-1"
    with store.system() as tx:
        assert not tx.tokens.put(account, claimed, "too late", clock.now() + 10**9)
        assert tx.tokens.held(account).value == "token-1"
    assert server.n_tokens == 1


def test_without_a_token_nothing_is_posted(
    signed_in: tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens],
) -> None:
    """Who is not let in for a token waits a while before anybody asks again."""
    provider, server, account, _ = signed_in
    wrong = ChannelAccount(BRAND, "webhook", "main", {**account.config, "client_secret": "wrong"},
                           provider="webhook")  # fmt: skip
    answers: list[Answer] = []
    for n in (1, 2, 3):
        answers += provider.send(wrong, [to(n)])
    assert {one.state for one in answers} == {AnswerState.REFRESH}
    assert server.asked["POST /token"] == 1
    assert not server.asked["POST /messages"]


def test_another_secret_asks_for_another_token(
    signed_in: tuple[WebhookProvider, FakeEndpoint, ChannelAccount, SharedTokens],
) -> None:
    """A token is bound to the fields that got it: after a change it is not used any more."""
    _, server, account, tokens = signed_in
    assert tokens.get(account) == "token-1"
    changed = ChannelAccount(BRAND, "webhook", "main", {**account.config, "scope": "more"},
                             provider="webhook")  # fmt: skip
    assert tokens.get(changed) == "token-2"
    assert server.n_tokens == 2


def test_an_account_s_fields_are_checked_before_they_are_stored(clock: SimulatedClock) -> None:
    """All problems are told at once: address, secret, and what signing in needs."""
    with access(clock) as doors:
        provider = WebhookProvider(doors)
        wrong = {
            "url": "http://10.0.0.1/x",
            "secret": "short",
            "auth": "oauth2",
            "token_url": "ftp:x",
        }
        found = {one.path for one in provider.problems(wrong)}
    assert found == {"url", "secret", "token_url", "client_id", "client_secret"}


def test_the_body_holds_what_the_reference_says(clock: SimulatedClock) -> None:
    """Id, receiver, class, locale and parts, under their names."""
    bodies: list[bytes] = []
    with fake("webhook", clock) as (provider, server, account):
        taken = server.answer

        def answer(asked: object) -> object:
            """Keep the body, then answer."""
            bodies.append(asked.body)  # type: ignore[attr-defined] # what a fake is asked
            return taken(asked)  # type: ignore[arg-type] # same

        server.answer = answer  # type: ignore[method-assign,assignment] # watched
        provider.send(account, [to(1)])
    (found,) = [msgspec.json.decode(one) for one in bodies]
    assert found["type"] == "message.send"
    assert set(found["data"]) == {
        "message_id", "to", "class", "locale", "parts", "unsubscribe_url"
    }  # fmt: skip
