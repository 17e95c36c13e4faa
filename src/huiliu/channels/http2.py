"""The way out by HTTP/2, for services that take one message a request: APNs, FCM, browsers' push.

Few connections, many requests on each. A request that the server provably never looked at (it said
goodbye first, or refused the stream) goes out again on another connection; one that may have been
looked at is unknown, and its caller decides. The host is checked, looked up once, and that very
address connected to, as everywhere. Who does not speak HTTP/2 is called by HTTP/1.1.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import httpcore

from huiliu.channels.http import NotAllowed, ascii_host, checked_parts, target_of
from huiliu.channels.http2_connection import STREAMS, Connection, Exchange
from huiliu.channels.loop import LoopThread
from huiliu.channels.outbound import HostRule
from huiliu.kernel.errors import DeliveryFailed
from huiliu.ports.outbound import CLOSED, HttpAnswer, HttpCall, Outbound, Reach

__all__ = ["Http2Outbound"]

#: Connections to one server; the second opens only when the first is full.
_CONNECTIONS: Final = 4
_PORTS: Final = {"http": 80, "https": 443}
_CONNECT_S: Final = 10.0
#: How long a server may take to tell its settings, and to answer whether it lives.
_SETTINGS_S: Final = 5.0
_ALIVE_S: Final = 2.0
#: How long a server may let no request in that we already speak with.
_STALLED_S: Final = 5.0
#: How often a request is offered to a server that looks at none or refuses it, and a connection
#: opened that is of no use.
_TRIES: Final = 10


class _Plain(Exception):
    """The server speaks HTTP/1.1 only."""


class Http2Outbound:
    """The Outbound port over HTTP/2, driven by an event loop in a thread of its own."""

    def __init__(
        self,
        rule: HostRule,
        plain: Outbound = CLOSED,
        *,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            rule: which hosts may be called.
            plain: calls those that speak HTTP/1.1 only.
            trust: whose certificates are believed; None = the public authorities.
        """
        self._rule = rule
        self._plain = plain
        self._trust = trust
        self._thread = LoopThread("outbound-http2")
        self._origins: dict[tuple[str, str, int], _Origin] = {}

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Make all calls and wait for the last; each has its time from when it goes out."""
        if not calls:
            return []
        return self._thread.run(self._call_all(calls))

    def problem(self, url: str) -> str:
        """Say why a URL can never be called."""
        try:
            checked_parts(self._rule, url)
        except NotAllowed as fault:
            return str(fault)
        return ""

    def close(self) -> None:
        """End connections and the thread; a later call begins anew."""
        origins, self._origins = self._origins, {}
        self._thread.close(*(origin.close for origin in origins.values()))

    async def _call_all(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Hand every call to its server and wait for all."""
        loop = asyncio.get_running_loop()
        waiting: list[asyncio.Future[HttpAnswer]] = []
        touched: dict[int, _Origin] = {}
        for call in calls:
            done: asyncio.Future[HttpAnswer] = loop.create_future()
            waiting.append(done)
            try:
                origin, exchange = self._begin(call, done)
            except NotAllowed as fault:
                done.set_result(HttpAnswer(Reach.REFUSED, cause=str(fault)))
                continue
            origin.waiting.append(exchange)
            touched[id(origin)] = origin
        for origin in touched.values():
            origin.pump()
        return [await one for one in waiting]

    def _begin(self, call: HttpCall, done: asyncio.Future[HttpAnswer]) -> tuple[_Origin, Exchange]:
        """Return a call as a request of its server; raise NotAllowed."""
        parts = checked_parts(self._rule, call.url)
        host = (parts.hostname or "").rstrip(".")
        key = parts.scheme, host, parts.port or _PORTS[parts.scheme]
        name = ascii_host(host)
        if key not in self._origins:
            self._origins[key] = _Origin(self._rule, key, name.decode(), self._plain, self._secure)
        authority = parts.netloc.encode("ascii", "ignore").decode() or name.decode()
        exchange = Exchange(call, authority, parts.scheme, target_of(parts), done)
        return self._origins[key], exchange

    def _secure(self) -> ssl.SSLContext:
        """Return whose certificates are believed; made once."""
        if self._trust is None:
            self._trust = httpcore.default_ssl_context()
        self._trust.set_alpn_protocols(["h2", "http/1.1"])
        return self._trust


class _Origin:
    """One server: what waits for it, and the connections to it."""

    def __init__(
        self,
        rule: HostRule,
        key: tuple[str, str, int],
        name: str,
        plain: Outbound,
        secure: Callable[[], ssl.SSLContext],
    ) -> None:
        """Open nothing yet."""
        self.waiting: deque[Exchange] = deque()
        self._rule = rule
        self._scheme, self._host, self._port = key
        self._name = name
        self._plain = plain
        self._secure = secure
        self._connections: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._is_plain = False
        #: Connections opened since a request went out last.
        self._n_useless = 0
        self._is_watched = False

    def pump(self) -> None:
        """Send what there is room for, and open a connection where there is none."""
        self._connections = [one for one in self._connections if not one.is_closing]
        for connection in tuple(self._connections):
            if self.waiting and connection.is_stale:
                self._connections.remove(connection)
                self._start(self._revive(connection))
                continue
            while self.waiting and connection.room:
                self._n_useless = 0
                connection.ask(self.waiting.popleft())
        held = len(self._connections) + len(self._opening)
        wanted = min(_CONNECTIONS, held + -(-len(self.waiting) // STREAMS))
        # The first one tells whether there is anybody; the others follow.
        if self.waiting and not self._opening and held < max(1, wanted):
            self._start(self._open())
        elif self._is_stalled and not self._is_watched:
            self._is_watched = True
            asyncio.get_running_loop().call_later(_STALLED_S, self._end_stall)

    @property
    def _is_stalled(self) -> bool:
        """Say whether nothing moves: all that is open lets no request in, and answers none."""
        return bool(
            self.waiting and self._connections and not self._opening
            and not any(one.room or one.is_busy for one in self._connections)
        )  # fmt: skip

    def _end_stall(self) -> None:
        """Give up on a server that still lets nothing in."""
        self._is_watched = False
        if self._is_stalled:
            for connection in self._connections:
                connection.close()
            self._connections = []
            self._give_up(HttpAnswer(Reach.UNREACHED, cause="the server lets no request in"))

    def back(self, exchange: Exchange, cause: str) -> None:
        """Offer a request again that was never looked at; give up after some times."""
        if exchange.tries >= _TRIES:
            exchange.settle(HttpAnswer(Reach.UNREACHED, cause=cause))
            return
        exchange.status = 0
        exchange.headers = {}
        exchange.body = bytearray()
        self.waiting.appendleft(exchange)
        asyncio.get_running_loop().call_soon(self.pump)

    async def close(self) -> None:
        """End every connection."""
        for task in self._opening:
            task.cancel()
        for connection in self._connections:
            connection.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run beside the requests."""
        task = asyncio.get_running_loop().create_task(work)
        self._opening.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        """Go on when a connection is open, or cannot be."""
        self._opening.discard(task)
        if task.cancelled():
            return
        if fault := task.exception():
            self._give_up(HttpAnswer(Reach.UNREACHED, cause=f"{type(fault).__name__}: {fault}"))
        self.pump()

    async def _revive(self, connection: Connection) -> None:
        """Use a connection again that was silent for long, if it still lives."""
        lives = False
        try:
            lives = await connection.lives(_ALIVE_S)
        finally:
            # Nobody else holds it meanwhile: whoever is stopped here ends it.
            if lives:
                self._connections.append(connection)
            else:
                connection.close()

    async def _open(self) -> None:
        """Open one more connection; nobody waits for one that cannot be opened."""
        if self._is_plain:
            await self._call_plain()
            return
        try:
            async with asyncio.timeout(_CONNECT_S):
                connection = await self._connect()
        except _Plain:
            self._is_plain = True
            await self._call_plain()
        except NotAllowed as fault:
            self._give_up(HttpAnswer(Reach.REFUSED, cause=str(fault)))
        except TimeoutError:
            self._give_up(HttpAnswer(Reach.UNREACHED, cause="no connection in time"))
        except OSError as fault:
            cause = f"{type(fault).__name__}: {fault}"
            self._give_up(HttpAnswer(Reach.UNREACHED, cause=cause))
        else:
            self._n_useless += 1
            if self._n_useless < _TRIES:
                self._connections.append(connection)
            else:
                connection.close()
                self._n_useless = 0
                cause = "the server ends connections before any request"
                self._give_up(HttpAnswer(Reach.UNREACHED, cause=cause))

    def _give_up(self, answer: HttpAnswer) -> None:
        """Settle what waits, unless another connection still works."""
        if any(not one.is_closing for one in self._connections):
            return
        while self.waiting:
            self.waiting.popleft().settle(answer)

    async def _connect(self) -> Connection:
        """Return a connection over which the server told its settings."""
        loop = asyncio.get_running_loop()
        looking = loop.run_in_executor(None, self._rule.addresses, self._host, self._port)
        try:
            addresses = await looking
        except DeliveryFailed as fault:
            if fault.permanent:
                raise NotAllowed(fault.response) from fault
            raise OSError(fault.response) from fault
        for nth, address in enumerate(addresses, 1):
            try:
                return await self._shake_hands(address)
            except OSError:
                if nth == len(addresses):
                    raise
        raise OSError("no address")

    async def _shake_hands(self, address: str) -> Connection:
        """Connect to one address."""
        secure = self._secure() if self._scheme == "https" else None
        transport, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self.pump, self.back), address, self._port, ssl=secure,
            server_hostname=self._name if secure else None,
        )  # fmt: skip
        spoken = transport.get_extra_info("ssl_object")
        if spoken is not None and spoken.selected_alpn_protocol() != "h2":
            transport.abort()
            raise _Plain
        try:
            is_good = await asyncio.wait_for(connection.ready, _SETTINGS_S)
        except TimeoutError:
            is_good = False
        except asyncio.CancelledError:
            transport.abort()
            raise
        if not is_good:
            transport.abort()
            if spoken is None:
                raise _Plain
            raise OSError("the server told no settings")
        return connection

    async def _call_plain(self) -> None:
        """Make what waits as calls of HTTP/1.1."""
        some = [self.waiting.popleft() for _ in range(min(len(self.waiting), STREAMS))]
        loop = asyncio.get_running_loop()
        calls = [one.call for one in some]
        for one, answer in zip(
            some, await loop.run_in_executor(None, self._plain.call, calls), strict=True
        ):
            one.settle(answer)
