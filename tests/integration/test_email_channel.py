"""E-mail meets real SMTP servers: ours, and one that others wrote; each answer has its meaning."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Iterator
from email.message import Message
from typing import Any

import psycopg
import pytest
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.integration.outbox import HELLO, message, put_template, queue, someone
from tests.integration.people import BRAND, NOW
from tests.integration.ports import deaf_port

from huiliu.channels import make_providers
from huiliu.fakes import SmtpSink
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage, Provider
from huiliu.ports.world import World
from huiliu.services.channel_accounts import add_account, send_test
from huiliu.services.dispatch import dispatch
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def email() -> Iterator[Provider]:
    """Open the e-mail channel for hosts of this machine."""
    channel = make_providers(SimulatedClock(NOW), "127.0.0.1")["smtp"]
    yield channel
    channel.close()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """Run our own SMTP server."""
    with SmtpSink() as running:
        yield running


def account(port: int, **changed: str) -> ChannelAccount:
    """Return an account at a server of this machine."""
    config = {
        "host": "127.0.0.1", "port": str(port), "tls": "none", "timeout": "60",
        "from": "汇流 <hi@brand.example>", **changed,
    }  # fmt: skip
    return ChannelAccount(BRAND, "email", "main", config, provider="smtp")


def letter(number: int, address: str) -> OutboundMessage:
    """Return a message to an address."""
    parts = {"subject": "您好", "text": "您好\n.\n", "html": "<p>您好</p>"}
    url = "https://brand.example/u/x"
    return OutboundMessage(number.to_bytes(16, "big"), address, parts, "marketing", NOW, url)


def send(channel: Provider, to: ChannelAccount, *addresses: str) -> list[AnswerState]:
    """Send a letter to each address and return the answers in order."""
    letters = [letter(n, address) for n, address in enumerate(addresses)]
    answers: dict[bytes, Answer] = {
        answer.message_id: answer for answer in channel.send(to, letters)
    }
    assert len(answers) == len(letters)
    return [answers[one.message_id].state for one in letters]


def test_each_way_a_server_can_answer_has_its_meaning(email: Provider, sink: SmtpSink):
    """Refusals are told apart; what nobody can know is unknown; what had not begun goes again."""
    states = send(
        email, account(sink.port, connections="1"),
        "li@x.example", "550.li@x.example", "451.li@x.example", "554.li@x.example",
        "452.li@x.example", "close.li@x.example", "late.li@x.example", "a b@x.example",
        "王@x.example", "li@例子.example",
    )  # fmt: skip

    assert states == [
        AnswerState.ACCEPTED, AnswerState.SUPPRESS, AnswerState.RETRY, AnswerState.REJECTED,
        AnswerState.RETRY, AnswerState.RETRY, AnswerState.UNKNOWN, AnswerState.REJECTED,
        AnswerState.REJECTED, AnswerState.ACCEPTED,
    ]  # fmt: skip
    assert sink.report()["received"] == 3


def test_a_server_that_hangs_after_the_letter_leaves_it_unknown_and_others_go(
    email: Provider, sink: SmtpSink
):
    """A time-out after the last dot proves nothing; the other connections go on."""
    states = send(
        email, account(sink.port, timeout="3"), "hang.li@x.example",
        *(f"li{n}@x.example" for n in range(20)),
    )  # fmt: skip

    assert states == [AnswerState.UNKNOWN, *[AnswerState.ACCEPTED] * 20]


def test_a_server_that_asks_for_patience_gets_it_for_the_whole_batch(
    email: Provider, sink: SmtpSink
):
    """421 closes the channel for everyone: nothing more is pushed at it."""
    states = send(
        email, account(sink.port, connections="1"), "421.li@x.example",
        *(f"li{n}@x.example" for n in range(50)),
    )  # fmt: skip

    assert set(states) == {AnswerState.THROTTLED}
    assert sink.report()["received"] == 0


def test_connections_are_used_again_over_batches(email: Provider):
    """Ten batches make no more sessions than the account allows."""
    sessions: list[object] = []

    class Counting(MessageHandler):
        """Counts greetings."""

        async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
            self,
            server: SMTP,
            session: Session,
            envelope: Envelope,
            hostname: str,
            answers: list[str],
        ) -> list[str]:
            """Note a session."""
            if session not in sessions:
                sessions.append(session)
            session.host_name = hostname
            return answers

        def handle_message(self, message: Message) -> None:
            """Take it."""

    with _server(Counting()) as port:
        for _ in range(10):
            assert set(send(email, account(port, connections="2"), *["li@x.example"] * 4)) == {
                AnswerState.ACCEPTED
            }

    assert len(sessions) <= 2


def test_a_server_others_wrote_reads_the_letter_as_it_was_meant(email: Provider):
    """Aiosmtpd sees sender, recipient, both bodies and the one-click headers."""
    taken: list[Message] = []

    class Keeping(MessageHandler):
        """Keeps letters."""

        def handle_message(self, message: Message) -> None:
            """Keep it."""
            taken.append(message)

    with _server(Keeping()) as port:
        send(email, account(port, bounce_domain="bounce.brand.example"), "li@x.example")

    (found,) = taken
    assert found["X-MailFrom"].startswith(f"b+{'0' * 32}")
    assert found["X-RcptTo"] == "li@x.example"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Requiring AUTH", "ignore:Session.login_data")
def test_a_wrong_password_pauses_the_account(email: Provider):
    """Signing in is tried with what the account holds; a refusal is the operator's business."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Let one password in."""
        good = isinstance(data, LoginPassword) and data.password == b"right"
        return AuthResult(success=good, handled=False)

    with _server(
        _Taking(), authenticator=check, auth_required=True, auth_require_tls=False
    ) as port:
        wrong = send(email, account(port, username="u", password="wrong"), "li@x.example")
        right = send(email, account(port, username="u", password="right"), "li@x.example")

    assert wrong == [AnswerState.PAUSE]
    assert right == [AnswerState.ACCEPTED]


def test_nobody_listening_is_a_reason_to_wait(email: Provider):
    """A server that is being restarted loses us nothing."""
    with deaf_port() as port:
        assert send(email, account(port), "li@x.example") == [AnswerState.THROTTLED]


def test_starttls_that_is_asked_for_and_not_offered_stops_the_account(
    email: Provider, sink: SmtpSink
):
    """A letter never travels in the clear by mistake."""
    assert send(email, account(sink.port, tls="starttls"), "li@x.example") == [AnswerState.PAUSE]
    assert sink.report()["received"] == 0


def test_a_private_address_that_is_not_named_stops_the_account(sink: SmtpSink):
    """The settings decide which hosts a form may reach."""
    channel = make_providers(SimulatedClock(NOW))["smtp"]

    assert send(channel, account(sink.port), "li@x.example") == [AnswerState.PAUSE]
    assert sink.report() == {"received": 0, "duplicates": 0, "by_outcome": {}}
    channel.close()


def test_closing_the_channel_ends_a_batch_at_once_and_says_what_is_unsure(
    email: Provider, sink: SmtpSink
):
    """A worker that is told to stop does not wait for a server that hangs."""
    states: list[AnswerState] = []
    hanging = account(sink.port, timeout="120", connections="1")
    sending = threading.Thread(
        target=lambda: states.extend(send(email, hanging, "hang.li@x.example", "li@x.example"))
    )
    sending.start()
    while sink.report()["received"] == 0:
        pass

    email.close()
    sending.join(60)

    assert states == [AnswerState.UNKNOWN, AnswerState.THROTTLED]


def test_a_queued_message_arrives_in_the_sink_once(world: World, email: Provider, sink: SmtpSink):
    """From the outbox through a sealed account to a mailbox."""
    shop = dataclasses.replace(world, providers={"smtp": email})
    add_account(shop, BRAND, "email", "main", account(sink.port).config)
    put_template(shop, HELLO)
    sent = queue(shop, someone(shop, "李雷", email="li@shop.example"))

    assert dispatch(shop) == 1
    dispatch(shop)

    (arrived,) = sink.take()
    assert arrived.address == "li@shop.example"
    assert arrived.subject == "李雷，您好"
    assert arrived.message_id == sent.hex()
    assert arrived.unsubscribe_url.startswith("https://huiliu.example/u/")
    assert message(shop, sent).status == "sent"
    assert sink.report()["duplicates"] == 0
    assert send_test(shop, BRAND, "email", "main", "li@shop.example").state is AnswerState.ACCEPTED


def test_a_stored_account_is_sealed(world: World, email: Provider):
    """The table holds no host and no password."""
    shop = dataclasses.replace(world, providers={"smtp": email})
    config = account(25, tls="starttls", password="hunter2").config
    add_account(shop, BRAND, "email", "main", config, provider="smtp")

    with psycopg.connect(world.store.url) as connection:  # type: ignore[attr-defined] # PostgreSQL's store
        (sealed,) = connection.execute("select sealed from channel_accounts").fetchone() or (b"",)
    assert b"hunter2" not in sealed
    assert b"127.0.0.1" not in sealed


class _Taking(MessageHandler):
    """Takes everything."""

    def handle_message(self, message: Message) -> None:
        """Take it."""


class _server:  # noqa: N801 - used like a function
    """Run aiosmtpd on a free port, in a loop and thread of its own."""

    def __init__(self, handler: MessageHandler, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._make = lambda: SMTP(handler, loop=self._loop, **options)

    def __enter__(self) -> int:
        """Listen and return the port."""
        self._thread.start()
        made = self._loop.create_server(self._make, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result()
        return int(self._server.sockets[0].getsockname()[1])

    def __exit__(self, *_: object) -> None:
        """Stop."""

        async def end() -> None:
            """Close the port and every session."""
            self._server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
