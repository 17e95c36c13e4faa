"""The HTTP/2 server of a fake, in clear text: says goodbye, refuses, hangs up as it is told."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings
from hyperframe.frame import GoAwayFrame

from huiliu.fakes.providers.door import Asked, Given

__all__ = ["Http2Door", "Manners"]

_PREFACE: Final = b"PRI * HTTP/2"
_JSON: Final = {"content-type": "application/json"}


@dataclass(slots=True)
class Manners:
    """How a server treats its connections."""

    #: Requests under way on a connection.
    streams: int = 100
    #: Say goodbye at the so-manieth request of each connection: answer it, and none after it.
    goodbye_after: int = 0
    #: Refuse every so-manieth request before looking at it.
    refuse_every: int = 0
    #: End every answer with an empty piece of body.
    empty_ends: bool = True


@dataclass(eq=False, slots=True)
class _Request:
    """A request that is coming in."""

    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


class Http2Door:
    """Answers requests of HTTP/2 in a thread of its own."""

    def __init__(self, handle: Callable[[Asked], Given], manners: Manners) -> None:
        """Prepare; `open` listens."""
        self._handle = handle
        self._manners = manners
        self.counts: Counter[str] = Counter()
        self._lines: set[_Line] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self.port = 0

    def open(self, host: str, port: int) -> int:
        """Listen and return the port."""
        self._thread = threading.Thread(
            target=self._serve, args=(host, port), name="fake-http2", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        return self.port

    def close(self) -> None:
        """End every connection and the thread."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = self._thread = None

    def hang_up(self) -> None:
        """End every connection without a word."""
        if self._loop is not None:
            for line in tuple(self._lines):
                self._loop.call_soon_threadsafe(line.abort)

    def _serve(self, host: str, port: int) -> None:
        """Run the server until it is stopped."""
        loop = self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            loop.create_server(
                lambda: _Line(self._handle, self._manners, self.counts, self._lines), host, port
            )
        )
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for line in tuple(self._lines):
                line.abort()
            # What was aborted ends in the next round of the loop.
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(
        self,
        handle: Callable[[Asked], Given],
        manners: Manners,
        counts: Counter[str],
        lines: set[_Line],
    ) -> None:
        """Prepare."""
        self._handle = handle
        self._manners = manners
        self._counts = counts
        self._lines = lines
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._transport: asyncio.Transport | None = None
        self._requests: dict[int, _Request] = {}
        self._n = 0
        #: What came before it was clear which version is spoken.
        self._plain = bytearray()
        self._is_first = True
        #: The last request that is answered; 0 = no goodbye was said.
        self._last = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the settings."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._lines.add(self)
        self._counts["connections"] += 1
        values = {SettingCodes.MAX_CONCURRENT_STREAMS: self._manners.streams}
        self._h2.local_settings = Settings(client=False, initial_values=values)
        self._h2.initiate_connection()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        del exc
        self._lines.discard(self)

    def abort(self) -> None:
        """End it without a word."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read frames and answer what is complete; who speaks HTTP/1.1 is answered in it."""
        if not self._plain and not self._is_first:
            self._read(data)
            return
        self._plain += data
        if self._is_first and len(self._plain) < len(_PREFACE):
            return
        self._is_first = False
        if self._plain.startswith(_PREFACE):
            given, self._plain = bytes(self._plain), bytearray()
            self._read(given)
        else:
            self._read_plain()

    def _read_plain(self) -> None:
        """Answer one request of HTTP/1.1, once it is there."""
        head, mark, body = bytes(self._plain).partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        if not mark or len(body) < int(headers.get("content-length", "0")):
            return
        method, target, *_ = lines[0].split(" ")
        parts = urlsplit(target)
        given = self._handle(Asked(method, parts.path, parts.query, headers, body))
        assert self._transport is not None
        if not given.instead:
            shown = {**_JSON, **given.headers, "content-length": str(len(given.raw))}
            said = "".join(f"{name}: {value}\r\n" for name, value in shown.items())
            top = f"HTTP/1.1 {given.status} {given.status}\r\n{said}connection: close\r\n\r\n"
            self._transport.write(top.encode() + given.raw)
        if given.instead != "hang":
            self._transport.close()

    def _read(self, data: bytes) -> None:
        """Read frames."""
        try:
            for event in self._h2.receive_data(data):
                self._hear(event)
        except H2Error:
            self.abort()
            return
        self._write()

    def _hear(self, event: Event) -> None:
        """Take in what one frame says."""
        if isinstance(event, RequestReceived):
            headers = {str(name): str(value) for name, value in event.headers or ()}
            self._requests[event.stream_id or 0] = _Request(headers)
        elif isinstance(event, DataReceived):
            stream = event.stream_id or 0
            self._h2.acknowledge_received_data(event.flow_controlled_length or 0, stream)
            if stream in self._requests:
                self._requests[stream].body += event.data or b""
        elif isinstance(event, StreamEnded):
            self._answer(event.stream_id or 0)
        elif isinstance(event, StreamReset):
            self._requests.pop(event.stream_id or 0, None)

    def _answer(self, stream: int) -> None:
        """Answer a request that is complete, or treat it as the manners say."""
        found = self._requests.pop(stream, None)
        if found is None or (self._last and stream > self._last):
            return
        self._n += 1
        manners = self._manners
        if manners.refuse_every and self._n % manners.refuse_every == 0:
            self._counts["refused streams"] += 1
            self._h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
            return
        if manners.goodbye_after and self._n == manners.goodbye_after:
            self._counts["goodbyes"] += 1
            self._last = stream
            self._write()
            if self._transport is not None:
                # Said before the answer: who waits for it must not give up.
                goodbye = GoAwayFrame(0, last_stream_id=stream, error_code=0)
                self._transport.write(goodbye.serialize())
        parts = urlsplit(found.headers.get(":path", ""))
        asked = Asked(
            found.headers.get(":method", ""), parts.path, parts.query, found.headers,
            bytes(found.body),
        )  # fmt: skip
        self._give(stream, self._handle(asked))

    def _give(self, stream: int, given: Given) -> None:
        """Write an answer, or what happens instead."""
        if given.instead == "drop":
            self.abort()
        if given.instead:
            return
        headers = [(":status", str(given.status))]
        headers += [(name.lower(), value) for name, value in {**_JSON, **given.headers}.items()]
        body = given.raw
        self._h2.send_headers(stream, headers)
        if body and self._manners.empty_ends:
            self._h2.send_data(stream, body)
            body = b""
        self._h2.send_data(stream, body, end_stream=True)

    def _write(self) -> None:
        """Write what waits."""
        data = self._h2.data_to_send()
        if data and self._transport is not None:
            self._transport.write(data)
