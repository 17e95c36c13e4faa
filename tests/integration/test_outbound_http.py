"""HTTP goes out to allowed hosts only, once each, and comes back in time whatever they do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.receiver import OK, Receiver, Reply
from huiliu.ports.outbound import HttpCall, Reach


@pytest.fixture
def outbound() -> Iterator[HttpOutbound]:
    """Open a way out that the operator allowed to this machine."""
    opened = HttpOutbound(HostRule.parse("127.0.0.1, shop.example"))
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a server that takes everything."""
    with Receiver() as started:
        yield started


def test_calls_are_answered_in_their_order(outbound: HttpOutbound) -> None:
    """What was asked first is answered first, however fast the server is with the others."""
    with Receiver(answer=lambda one: Reply(body=one.body)) as echo:
        calls = [HttpCall(echo.url, body=b"%d" % number) for number in range(30)]
        answers = outbound.call(calls)

    assert [one.body for one in answers] == [b"%d" % number for number in range(30)]
    assert all(one.is_taken for one in answers)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/",
        "https://localhost:9/", "https://169.254.169.254/latest/meta-data",
    ],
)  # fmt: skip
def test_a_private_address_is_refused_unless_it_was_named(url: str) -> None:
    """A form field is no way into our own network, however the address is written."""
    outbound = HttpOutbound(HostRule.parse(""))
    (answer,) = outbound.call([HttpCall(url)])
    outbound.close()

    assert answer.reach is Reach.REFUSED
    assert answer.cause


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example/", "https://user:pass@shop.example/", "http://open.example/",
        "https:///", "https://shop.example:99999/", "https://shop.example/a b", "gopher:x", "",
        "https://shop.example/\r\nX: y",
    ],
)  # fmt: skip
def test_what_can_never_be_called_is_known_without_asking(url: str) -> None:
    """A form can say at once why an address is refused."""
    outbound = HttpOutbound(HostRule.parse("shop.example"))

    assert outbound.problem(url)
    assert not outbound.problem("https://shop.example:8443/hook?a=1")


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, outbound: HttpOutbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose answer changes between check and call gains nothing: it is asked once."""
    asked = []
    real = socket.getaddrinfo

    def look_up(name: str, port: int, *more: Any, **named: Any) -> object:
        if name == "shop.example":
            asked.append(name)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return real(name, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    (answer,) = outbound.call([HttpCall(f"http://shop.example:{receiver.port}/hook")])

    assert answer.is_taken
    assert asked == ["shop.example"]
    assert receiver.received[0].headers["host"] == f"shop.example:{receiver.port}"


def test_a_redirect_is_an_answer_and_never_followed(outbound: HttpOutbound) -> None:
    """Where a server would like us to go is its own affair."""
    reply = Reply(302, headers={"Location": "http://127.0.0.1/inside"})
    with Receiver([reply]) as receiver:
        (answer,) = outbound.call([HttpCall(receiver.url)])

    assert (answer.reach, answer.status, answer.is_taken) == (Reach.ANSWERED, 302, False)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("reply", [Reply(hangs=True), Reply(body=b"x" * 100, drips_s=0.05)])
def test_the_deadline_covers_the_whole_call(outbound: HttpOutbound, reply: Reply) -> None:
    """A server that hangs or drips holds nobody up: what became of the call is unknown."""
    with Receiver([OK, reply]) as receiver:
        # What is done once only, and the connection, are no part of what is timed.
        (before,) = outbound.call([HttpCall(receiver.url)])
        (answer,) = outbound.call([HttpCall(receiver.url, timeout_s=1.0)])

    assert before.is_taken
    assert answer.reach is Reach.UNKNOWN
    assert "1 s" in answer.cause


def test_a_connection_that_ends_leaves_it_unknown_and_none_leaves_it_unreached(
    outbound: HttpOutbound,
) -> None:
    """Who retries can tell what may have arrived from what has not."""
    with Receiver([Reply(drops=True)]) as receiver:
        (dropped,) = outbound.call([HttpCall(receiver.url)])
    (nobody,) = outbound.call([HttpCall(receiver.url)])

    assert dropped.reach is Reach.UNKNOWN
    assert nobody.reach is Reach.UNREACHED


def test_an_endless_answer_is_cut(outbound: HttpOutbound) -> None:
    """Nobody can fill our memory."""
    with Receiver([Reply(body=b"x" * 100_000)]) as receiver:
        (answer,) = outbound.call([HttpCall(receiver.url, longest=1000)])

    assert len(answer.body) == 1000


def test_a_header_cannot_be_broken_in_two(outbound: HttpOutbound, receiver: Receiver) -> None:
    """A value with a line end in it is refused; nothing arrives."""
    (answer,) = outbound.call([HttpCall(receiver.url, headers={"X": "a\r\nY: b"})])

    assert answer.reach is Reach.REFUSED
    assert receiver.received == []
