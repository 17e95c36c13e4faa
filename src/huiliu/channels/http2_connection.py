"""One connection of HTTP/2: what was asked on it, what it answered, and what it never got to.

When a server says goodbye (GOAWAY) it names the last request that it will still answer. Those up to
it are waited for; those after it were never looked at, so they may be asked again elsewhere. Who
only knows that the connection ended cannot tell one from the other, and would send twice or lose.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings
from hpack import HeaderTuple, NeverIndexedHeaderTuple

from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach

__all__ = ["STREAMS", "Connection", "Exchange"]

#: Requests under way on a connection at most, whatever the server allows.
STREAMS: Final = 100
#: Headers that all requests share: only these are worth a place in the table of known ones.
_STEADY: Final = frozenset({
    "authorization", "user-agent", "content-type", "accept-encoding", "apns-topic",
    "apns-push-type", "apns-priority", "content-encoding", "accept",
})  # fmt: skip
_FRAME: Final = 9
_GOAWAY: Final = 7
#: Room for answers before the server must wait for us.
_WINDOW: Final = 1 << 24
_SWEEP_S: Final = 0.1
#: A connection that was silent for so long is asked whether it still lives.
_IDLE_S: Final = 30.0


@dataclass(eq=False, slots=True)
class Exchange:
    """One request and what is known of its answer."""

    call: HttpCall
    #: The server, as `:authority` says it.
    authority: str
    scheme: str
    #: Path and query.
    target: bytes
    done: asyncio.Future[HttpAnswer]
    #: How often it went out and was not looked at.
    tries: int = 0
    ends_at: float = 0.0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def settle(self, answer: HttpAnswer) -> None:
        """Say what became of it, unless nobody waits any more."""
        if not self.done.done():
            self.done.set_result(answer)

    def lines(self) -> list[HeaderTuple]:
        """Return the request's headers."""
        call = self.call
        found = [
            HeaderTuple(b":method", call.method.encode()),
            HeaderTuple(b":scheme", self.scheme.encode()),
            HeaderTuple(b":authority", self.authority.encode()),
            NeverIndexedHeaderTuple(b":path", self.target),
        ]
        given = {"user-agent": "huiliu", "accept-encoding": "identity"}
        given |= {name.lower(): value for name, value in call.headers.items()}
        for name, value in given.items():
            kind = HeaderTuple if name in _STEADY else NeverIndexedHeaderTuple
            found.append(kind(name.encode(), value.encode("latin-1", "replace")))
        if call.body:
            found.append(NeverIndexedHeaderTuple(b"content-length", b"%d" % len(call.body)))
        return found


class Connection(asyncio.Protocol):
    """Speaks HTTP/2 over one transport; tells its owner when there is room, and what is left."""

    def __init__(
        self, changed: Callable[[], None], untouched: Callable[[Exchange, str], None]
    ) -> None:
        """Prepare.

        Args:
            changed: called when there is room for more, or the connection came to its end.
            untouched: gets each request that the server never looked at, and why.
        """
        self._changed = changed
        self._untouched = untouched
        config = H2Configuration(
            client_side=True, header_encoding=None, validate_outbound_headers=False,
            normalize_outbound_headers=False, validate_inbound_headers=False,
            normalize_inbound_headers=False,
        )  # fmt: skip
        self._h2 = H2Connection(config)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, Exchange] = {}
        #: What waits for room in the server's windows: stream -> rest of the body.
        self._bodies: dict[int, bytes] = {}
        self._kept = bytearray()
        self._is_writing = False
        self._is_sweeping = False
        self._pinged: asyncio.Future[None] | None = None
        self._heard_at = self._loop.time()
        #: Done when the server has told its settings: only then a request goes out.
        self.ready: asyncio.Future[bool] = self._loop.create_future()
        #: No new request goes out on it.
        self.is_closing = False

    # -- what its owner asks ---------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Return how many more requests may go out now."""
        if self.is_closing or not self.ready.done():
            return 0
        most = min(STREAMS, self._h2.remote_settings.max_concurrent_streams)
        return max(0, most - len(self._streams))

    @property
    def is_busy(self) -> bool:
        """Say whether answers are still to come on it."""
        return bool(self._streams)

    @property
    def is_stale(self) -> bool:
        """Say whether it was silent so long that it may be gone without a word."""
        return not self._streams and self._loop.time() - self._heard_at > _IDLE_S

    def ask(self, exchange: Exchange) -> None:
        """Send a request; there must be room."""
        exchange.tries += 1
        call = exchange.call
        exchange.ends_at = self._loop.time() + call.timeout_s
        try:
            stream = self._h2.get_next_available_stream_id()
            self._h2.send_headers(stream, exchange.lines(), end_stream=not call.body)
        except H2Error as fault:
            # All ids are used up, or the connection's end was not heard yet: nothing has left.
            self.is_closing = True
            self._untouched(exchange, str(fault) or type(fault).__name__)
            return
        self._streams[stream] = exchange
        if call.body:
            self._bodies[stream] = call.body
            self._send_bodies()
        self._write_soon()
        if not self._is_sweeping:
            self._is_sweeping = True
            self._loop.call_later(_SWEEP_S, self._sweep)

    async def lives(self, patience_s: float) -> bool:
        """Ask the server for a sign of life."""
        self._pinged = self._loop.create_future()
        try:
            self._h2.ping(b"huiliu??")
            self._write_soon()
            await asyncio.wait_for(self._pinged, patience_s)
        except (H2Error, TimeoutError):
            return False
        return not self.is_closing

    def close(self) -> None:
        """End it: what is under way stays unknown."""
        self.is_closing = True
        if self._transport is not None:
            self._transport.abort() if self._streams else self._transport.close()

    # -- what asyncio tells ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to speak."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        values = {
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20,
            SettingCodes.MAX_FRAME_SIZE: 1 << 14,
        }
        # What is changed later would be told later too, when it is in force already.
        self._h2.local_settings = Settings(client=True, initial_values=values)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_WINDOW)
        self._write()

    def data_received(self, data: bytes) -> None:
        """Read frames."""
        self._heard_at = self._loop.time()
        try:
            for event in self._h2.receive_data(self._without_goodbyes(data)):
                self._hear(event)
            self._send_bodies()
        except H2Error as fault:
            self._end(str(fault) or type(fault).__name__)
            return
        self._write_soon()
        self._finish_if_idle()
        self._changed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle what is left: nobody knows what became of it."""
        self._end(f"the connection ended: {exc}" if exc else "the connection ended")

    # -- inside ----------------------------------------------------------------------------------

    def _without_goodbyes(self, data: bytes) -> bytes:
        """Return whole frames without GOAWAY: h2 reads nothing more after one, but more comes."""
        kept = self._kept
        kept += data
        passed, at = bytearray(), 0
        while len(kept) - at >= _FRAME:
            end = at + _FRAME + int.from_bytes(kept[at : at + 3], "big")
            if len(kept) < end:
                break
            if kept[at + 3] == _GOAWAY and end - at >= _FRAME + 8:
                self._say_goodbye(bytes(kept[at + _FRAME : end]))
            else:
                passed += kept[at:end]
            at = end
        del kept[:at]
        if len(kept) > _WINDOW:
            raise H2Error("a frame without an end")
        return bytes(passed)

    def _say_goodbye(self, body: bytes) -> None:
        """Give back what the server will not look at; wait for the rest."""
        self.is_closing = True
        last = int.from_bytes(body[:4], "big") & 0x7FFF_FFFF
        code = int.from_bytes(body[4:8], "big")
        words = body[8:108].decode("ascii", "replace")
        # The oldest comes back last, so that it is the first to go out again.
        for stream in sorted((one for one in self._streams if one > last), reverse=True):
            exchange = self._streams.pop(stream)
            self._bodies.pop(stream, None)
            # A server that looked at others gets on: whoever came too late has not failed.
            exchange.tries -= last > 0
            self._untouched(exchange, f"GOAWAY {code} {words}".rstrip())
        if not self.ready.done():
            self.ready.set_result(True)

    def _hear(self, event: Event) -> None:
        """Note what one frame says."""
        if isinstance(event, DataReceived):
            self._take(event)
        elif isinstance(event, ResponseReceived):
            exchange = self._streams.get(event.stream_id or 0)
            if exchange is not None:
                _read_headers(exchange, event)
        elif isinstance(event, StreamEnded):
            exchange = self._streams.pop(event.stream_id or 0, None)
            self._bodies.pop(event.stream_id or 0, None)
            if exchange is not None:
                _answer(exchange)
        elif isinstance(event, StreamReset):
            self._drop(event)
        elif isinstance(event, RemoteSettingsChanged) and not self.ready.done():
            self.ready.set_result(True)
        elif isinstance(event, PingAckReceived) and self._pinged and not self._pinged.done():
            self._pinged.set_result(None)

    def _take(self, event: DataReceived) -> None:
        """Keep a piece of a body; an empty one is a piece as well."""
        exchange = self._streams.get(event.stream_id or 0)
        if exchange is not None and len(exchange.body) < exchange.call.longest:
            exchange.body += event.data or b""
        if event.flow_controlled_length:
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id or 0)

    def _drop(self, event: StreamReset) -> None:
        """Note that the server ended one request: untouched, or nobody knows how far it came."""
        exchange = self._streams.pop(event.stream_id or 0, None)
        self._bodies.pop(event.stream_id or 0, None)
        if exchange is None:
            return
        if event.error_code == ErrorCodes.REFUSED_STREAM:
            self._untouched(exchange, "REFUSED_STREAM")
        elif exchange.status >= 200:
            # It answered before it had read all, and wants no more of it (RFC 9113, 8.1).
            _answer(exchange)
        else:
            exchange.settle(HttpAnswer(Reach.UNKNOWN, cause=f"RST_STREAM {event.error_code}"))

    def _send_bodies(self) -> None:
        """Send of each body what the server has room for."""
        for stream in list(self._bodies):
            rest = self._bodies[stream]
            while rest:
                most = min(
                    self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size
                )
                if most <= 0:
                    break
                self._h2.send_data(stream, rest[:most], end_stream=len(rest) <= most)
                rest = rest[most:]
            if rest:
                self._bodies[stream] = rest
            else:
                del self._bodies[stream]

    def _write_soon(self) -> None:
        """Write once for all that happens in this round of the loop."""
        if not self._is_writing:
            self._is_writing = True
            self._loop.call_soon(self._write)

    def _write(self) -> None:
        """Write what waits."""
        self._is_writing = False
        data = self._h2.data_to_send()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _sweep(self) -> None:
        """Give up on requests whose time is over."""
        now = self._loop.time()
        late = [stream for stream, one in self._streams.items() if one.ends_at <= now]
        for stream in late:
            exchange = self._streams.pop(stream)
            self._bodies.pop(stream, None)
            if self._heard_at < exchange.ends_at - exchange.call.timeout_s:
                # Not a word since it was asked: the connection itself may be gone.
                self.is_closing = True
            self._reset(stream)
            cause = f"no answer within {exchange.call.timeout_s:g} s"
            exchange.settle(HttpAnswer(Reach.UNKNOWN, cause=cause))
        if late:
            self._finish_if_idle()
            self._changed()
        self._is_sweeping = bool(self._streams)
        if self._is_sweeping:
            self._loop.call_later(_SWEEP_S, self._sweep)

    def _reset(self, stream: int) -> None:
        """Tell the server that nobody waits for an answer any more."""
        try:
            self._h2.reset_stream(stream, ErrorCodes.CANCEL)
        except H2Error:
            return
        self._write_soon()

    def _finish_if_idle(self) -> None:
        """End a connection that is closing once nothing is under way on it."""
        if self.is_closing and not self._streams and self._transport is not None:
            self._transport.close()

    def _end(self, cause: str) -> None:
        """Settle everything and tell the owner."""
        self.is_closing = True
        if not self.ready.done():
            self.ready.set_result(False)
        if self._pinged is not None and not self._pinged.done():
            self._pinged.set_result(None)
        streams, self._streams = self._streams, {}
        self._bodies.clear()
        for exchange in streams.values():
            exchange.settle(HttpAnswer(Reach.UNKNOWN, cause=cause))
        if self._transport is not None:
            self._transport.abort()
        self._changed()


def _answer(exchange: Exchange) -> None:
    """Settle a request with what the server said; what has no status is no answer."""
    if exchange.status < 200:
        exchange.settle(HttpAnswer(Reach.UNKNOWN, cause="an answer without a status"))
        return
    body = bytes(exchange.body[: exchange.call.longest])
    exchange.settle(HttpAnswer(Reach.ANSWERED, exchange.status, exchange.headers, body))


def _read_headers(exchange: Exchange, event: ResponseReceived) -> None:
    """Note status and headers of an answer."""
    for name, value in event.headers or ():
        if name == b":status":
            exchange.status = int(value) if value.isdigit() else 0
        else:
            exchange.headers[bytes(name).decode("latin-1").lower()] = bytes(value).decode("latin-1")
