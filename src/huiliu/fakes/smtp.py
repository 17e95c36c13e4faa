"""An SMTP server that takes everything, fast, and fails as it is told to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, cast

from huiliu.fakes.arrivals import Arrivals, Arrived

__all__ = ["SmtpSink", "answer_by_address"]

_ADDRESS: Final = re.compile(rb"<([^<>]*)>")
_END: Final = b"\r\n.\r\n"
_MESSAGE_ID: Final = re.compile(rb"(?im)^Message-ID:\s*<([^>@]+)")
#: How an address asks for an answer: `451.anything@`, `hang.anything@` ...
_SCRIPTED: Final = re.compile(r"(4\d\d|5\d\d|hang|close|late)[.+-]")
_GREETING: Final = b"220 huiliu-sink ESMTP\r\n"
_HELLO: Final = b"250-huiliu-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n"
_OK: Final = b"250 2.0.0 OK\r\n"
_WORDS: Final = {
    "421": b"421 4.7.0 Try again later, closing connection\r\n",
    "450": b"450 4.2.1 The user is receiving mail too quickly\r\n",
    "452": b"452 4.2.2 Mailbox full\r\n",
    "550": b"550 5.1.1 No such user\r\n",
    "554": b"554 5.7.1 Message refused\r\n",
}


def answer_by_address(address: str) -> str:
    """Return the answer that an address asks for: `550.li@x.example` is told 550, others `ok`.

    `hang.` takes the letter and never answers, `late.` takes it and closes before answering,
    `close.` closes at RCPT.
    """
    found = _SCRIPTED.match(address)
    return found[1] if found else "ok"


class SmtpSink:
    """An SMTP server in a thread of its own."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        keep: bool = True,
        answer: Callable[[str], str] = answer_by_address,
    ) -> None:
        """Prepare; `start` opens the port, 0 = any free one.

        Args:
            port: where to listen.
            host: the address to listen on.
            keep: hold messages for `take`; without it they are only counted.
            answer: address -> ok, a reply code, hang, late or close.
        """
        self.port = port
        self.host = host
        self.answer = answer
        self.arrivals = Arrivals(keep=keep)
        self._keep = keep
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._open: set[asyncio.Transport] = set()

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        self._thread = threading.Thread(target=self._serve, name="smtp-sink", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Close every connection and end."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = self._thread = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def take(self) -> list[Arrived]:
        """Return what arrived since the last call."""
        return self.arrivals.take()

    def report(self) -> dict[str, object]:
        """Return counts: received, duplicates (by Message-ID), and answers by kind."""
        return self.arrivals.report()

    def accept(self, address: str, letter: bytes) -> None:
        """Count a letter that was taken."""
        found = _MESSAGE_ID.search(letter)
        key = found[1].decode("ascii", "replace") if found else ""
        self.arrivals.add(key, _read(address, key, letter) if self._keep else None)

    def _serve(self) -> None:
        """Run the server until it is stopped."""
        loop = asyncio.new_event_loop()
        self._loop = loop
        server = loop.run_until_complete(
            loop.create_server(lambda: _Session(self, self._open), self.host, self.port)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for transport in tuple(self._open):
                transport.abort()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()


class _Session(asyncio.Protocol):
    """One connection: commands in, replies out, several in one write where they come so."""

    def __init__(self, sink: SmtpSink, opened: set[asyncio.Transport]) -> None:
        self._sink = sink
        self._opened = opened
        self._buffer = bytearray()
        self._in_data = False
        self._to = ""
        self._answer = "ok"
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._opened.add(self._transport)
        self._transport.write(_GREETING)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        if self._transport is not None:
            self._opened.discard(self._transport)
            self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer all complete commands and letters that have come."""
        self._buffer += data
        replies: list[bytes] = []
        while self._transport is not None and not self._transport.is_closing():
            end = _END if self._in_data else b"\r\n"
            at = self._buffer.find(end)
            if at < 0:
                break
            piece = bytes(self._buffer[:at])
            del self._buffer[: at + len(end)]
            replies.append(self._letter(piece) if self._in_data else self._command(piece))
        if replies and self._transport is not None:
            self._transport.write(b"".join(replies))

    def _command(self, line: bytes) -> bytes:
        """Return the reply to one command."""
        verb = line[:4].upper()
        if verb == b"RCPT":
            return self._recipient(line)
        if verb == b"DATA":
            if not self._to:
                return b"503 5.5.1 RCPT first\r\n"
            self._in_data = True
            return b"354 Go ahead\r\n"
        if verb == b"QUIT":
            if self._transport is not None:
                self._transport.write(b"221 2.0.0 Bye\r\n")
                self._transport.close()
            return b""
        if verb == b"EHLO":
            return _HELLO
        if verb in {b"HELO", b"MAIL", b"RSET", b"NOOP"}:
            self._to = ""
            return _OK
        return b"502 5.5.2 Unknown command\r\n"

    def _recipient(self, line: bytes) -> bytes:
        """Return the reply to RCPT, which a scripted address chooses."""
        found = _ADDRESS.search(line)
        address = found[1].decode("utf-8", "replace") if found else ""
        answer = self._sink.answer(address)
        if answer in {"ok", "hang", "late"}:
            self._to, self._answer = address, answer
            return _OK
        self._sink.arrivals.count(answer)
        if answer in {"close", "421"} and self._transport is not None:
            self._transport.write(_WORDS["421"] if answer == "421" else b"")
            self._transport.close()
            return b""
        return _WORDS.get(answer, f"{answer} {answer[0]}.0.0 Scripted\r\n".encode())

    def _letter(self, content: bytes) -> bytes:
        """Return the reply to a letter, or nothing where the script says so."""
        self._in_data = False
        letter = content.replace(b"\r\n..", b"\r\n.")
        self._sink.accept(self._to, letter)
        if self._answer == "late" and self._transport is not None:
            self._transport.close()
        return _OK if self._answer == "ok" else b""


def _read(address: str, key: str, letter: bytes) -> Arrived:
    """Return a letter as its receiver sees it."""
    parsed = email.message_from_bytes(letter, policy=email.policy.default)
    plain = parsed.get_body(("plain",))
    markup = parsed.get_body(("html",))
    return Arrived(
        address=address,
        message_id=key,
        text=plain.get_content() if plain is not None else "",
        subject=str(parsed.get("Subject", "")),
        html=markup.get_content() if markup is not None else "",
        unsubscribe_url=str(parsed.get("List-Unsubscribe", "")).strip("<>"),
    )
