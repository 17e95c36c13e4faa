"""HTTP/2 to servers that we did not write: goodbyes in a burst, silence, other versions, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypercorn.asyncio import serve
from hypercorn.config import Config
from tests.integration.ports import deaf_port

from huiliu.channels import http2
from huiliu.channels.http import HttpOutbound
from huiliu.channels.http2 import Http2Outbound
from huiliu.channels.outbound import HostRule
from huiliu.ports.outbound import HttpCall, Reach

#: Path -> how often it came.
Seen = Counter[str]

SETTINGS = bytes.fromhex("000000 04 00 00000000")
NO_STREAMS = bytes.fromhex("000006 04 00 00000000 0003 00000000")
GOODBYE = bytes.fromhex("000008 07 00 00000000 00000000 00000000")
#: Type, flags and stream of a first request without a body.
FIRST = bytes.fromhex("01 05 00000001")
#: An answer of one header on the first stream, and no `:status`.
NAMELESS = bytes.fromhex("000005 01 05 00000001 00 01 61 01 62")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate of this machine's own, with its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )  # fmt: skip
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return tmp_path / "cert.pem"


@contextmanager
def hypercorn(certificate: Path, *, requests: int, alpn: list[str]) -> Iterator[tuple[int, Seen]]:
    """Serve with TLS; each connection ends by GOAWAY after so many requests."""
    seen: Seen = Counter()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        seen[scope["path"]] += 1
        await send({"type": "http.response.start", "status": 410, "headers": []})
        await send({"type": "http.response.body", "body": b'{"reason":"Unregistered"}',
                    "more_body": True})  # fmt: skip
        # The answer ends with an empty piece, as hypercorn does it.
        await send({"type": "http.response.body", "body": b""})

    # The port is listened at before it is told, and handed over as it is: nobody can take it, and
    # who comes before hypercorn is up waits in the line.
    listening = socket.create_server(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.certfile, config.keyfile = str(certificate), str(certificate.parent / "key.pem")
    config.alpn_protocols, config.keep_alive_max_requests = alpn, requests
    config.errorlog = config.accesslog = None
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve(app, config, shutdown_trigger=ended.wait))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield port, seen
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(60)


@contextmanager
def sender(
    says: bytes, *, answers: bytes = b"", hangs_up: bool = False
) -> Iterator[tuple[int, Counter[str]]]:
    """Serve connections that all say the same, and the same of a first request; count them."""
    met: Counter[str] = Counter()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(line: socket.socket) -> None:
            """Say it, and hang up at once or with the other side."""
            with line, suppress(OSError):
                line.sendall(says)
                heard = b""
                while not hangs_up and (more := line.recv(65_536)):
                    is_asked = FIRST in heard
                    heard += more
                    if FIRST in heard and not is_asked:
                        line.sendall(answers)

        def meet() -> None:
            """Take one connection after the other, until the door is shut."""
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    met["connections"] += 1
                    threading.Thread(target=serve, args=(line,), daemon=True).start()

        threading.Thread(target=meet, daemon=True).start()
        yield int(listening.getsockname()[1]), met
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def client(certificate: Path | None = None) -> Iterator[Http2Outbound]:
    """Lend a way out that trusts the certificate."""
    rule = HostRule.parse("localhost,127.0.0.1")
    trust = ssl.create_default_context(cafile=str(certificate)) if certificate else None
    plain = HttpOutbound(rule)
    out = Http2Outbound(rule, plain, trust=trust)
    try:
        yield out
    finally:
        out.close()
        plain.close()


def test_a_goodbye_in_a_burst_repeats_nothing(certificate: Path) -> None:
    """Hypercorn forgets what is under way when it says goodbye: that is unknown, and never twice.

    The rest is answered, each with its whole body though it ends with an empty piece.
    """
    with (
        hypercorn(certificate, requests=150, alpn=["h2"]) as (port, seen),
        client(certificate) as out,
    ):
        calls = [HttpCall(f"https://localhost:{port}/d/{n}", body=b"x" * 900) for n in range(250)]
        answers = out.call(calls)
    answered = [one for one in answers if one.reach is Reach.ANSWERED]
    assert {(one.status, one.body) for one in answered} == {(410, b'{"reason":"Unregistered"}')}
    assert {one.reach for one in answers} <= {Reach.ANSWERED, Reach.UNKNOWN}
    assert set(seen.values()) == {1}
    assert len(answered) >= 50


def test_who_speaks_only_http_1_is_called_in_it(certificate: Path) -> None:
    """ALPN chooses HTTP/1.1: the call goes by the other way out, which trusts nobody unknown."""
    with (
        hypercorn(certificate, requests=60, alpn=["http/1.1"]) as (port, _),
        client(certificate) as out,
    ):
        (answer,) = out.call([HttpCall(f"https://localhost:{port}/x")])
    # The other way out does not trust the test's own certificate: it was asked, and said so.
    assert answer.reach is Reach.UNREACHED
    assert "CERTIFICATE" in answer.cause.upper()


def test_a_certificate_of_a_stranger_is_not_believed(certificate: Path) -> None:
    """Nothing is sent to who cannot prove to be the host."""
    with hypercorn(certificate, requests=60, alpn=["h2"]) as (port, seen), client() as out:
        (answer,) = out.call([HttpCall(f"https://localhost:{port}/x")])
    assert answer.reach is Reach.UNREACHED
    assert not seen


def test_hosts_that_nobody_named_are_not_called() -> None:
    """Neither a private address nor a host that is not in the setting, nor plain HTTP elsewhere."""
    open_rule = Http2Outbound(HostRule.parse(""))
    named = Http2Outbound(HostRule.parse("push.example"))
    try:
        answers = [
            *open_rule.call([HttpCall("https://127.0.0.1:9/x"), HttpCall("https://[::1]:9/x"),
                             HttpCall("http://push.example/x")]),
            *named.call([HttpCall("https://other.example/x")]),
        ]  # fmt: skip
    finally:
        open_rule.close()
        named.close()
    assert {one.reach for one in answers} == {Reach.REFUSED}


def test_a_port_where_nobody_listens_is_not_reached() -> None:
    """Nothing was sent, and all that waited are told."""
    with deaf_port() as port, client() as out:
        answers = out.call([HttpCall(f"http://127.0.0.1:{port}/x")] * 3)
    assert [one.reach for one in answers] == [Reach.UNREACHED] * 3


def test_a_server_that_never_answers_is_given_up(certificate: Path) -> None:
    """Its requests end by themselves as unknown, and their streams are given back."""
    del certificate
    with socket.create_server(("127.0.0.1", 0)) as deaf, client() as out:
        port = int(deaf.getsockname()[1])
        settings = bytes.fromhex("000000040000000000")

        def shake_hands() -> None:
            """Tell settings, and nothing more."""
            line, _ = deaf.accept()
            line.sendall(settings)
            while line.recv(65_536):
                pass
            line.close()

        thread = threading.Thread(target=shake_hands, daemon=True)
        thread.start()
        calls = [HttpCall(f"http://127.0.0.1:{port}/{n}", timeout_s=0.3) for n in range(5)]
        answers = out.call(calls)
        out.close()
        thread.join(60)
    assert {one.reach for one in answers} == {Reach.UNKNOWN}


def test_a_server_that_says_goodbye_at_once_is_not_run_against() -> None:
    """Nothing was sent; after some connections it is left alone, and its callers are told."""
    with sender(SETTINGS + GOODBYE) as (port, met), client() as out:
        answers = out.call([HttpCall(f"http://127.0.0.1:{port}/{n}") for n in range(5)])
    assert {one.reach for one in answers} == {Reach.UNREACHED}
    assert met["connections"] <= 10


def test_a_server_that_hangs_up_at_once_is_not_run_against() -> None:
    """What went into a connection that had ended is unknown, what never left was not sent."""
    with sender(SETTINGS, hangs_up=True) as (port, met), client() as out:
        answers = out.call([HttpCall(f"http://127.0.0.1:{port}/{n}") for n in range(5)])
    assert {one.reach for one in answers} <= {Reach.UNREACHED, Reach.UNKNOWN}
    assert met["connections"] <= 10


def test_a_server_that_lets_no_request_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It speaks, and allows no streams: nothing was sent, and nobody waits for ever."""
    monkeypatch.setattr(http2, "_STALLED_S", 0.2)
    with sender(NO_STREAMS) as (port, _), client() as out:
        answers = out.call([HttpCall(f"http://127.0.0.1:{port}/{n}") for n in range(5)])
    assert {one.reach for one in answers} == {Reach.UNREACHED}


def test_an_answer_without_a_status_is_none() -> None:
    """Nobody knows what it means, so it is unknown and never a refusal."""
    with sender(SETTINGS, answers=NAMELESS) as (port, _), client() as out:
        (answer,) = out.call([HttpCall(f"http://127.0.0.1:{port}/x")])
    assert answer.reach is Reach.UNKNOWN
