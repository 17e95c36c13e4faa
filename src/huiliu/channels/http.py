"""The one way out over HTTP: the host is looked up once, checked, and that very address called.

No redirects, no proxies of the environment, no cookies; every call has one deadline for all of it.
Plain `http://` is for hosts that the operator named in `outbound_hosts`; elsewhere what is sent
would travel open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpcore

from huiliu.channels.loop import LoopThread
from huiliu.channels.outbound import HostRule
from huiliu.kernel.errors import DeliveryFailed
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach

__all__ = ["HttpOutbound", "NotAllowed", "ascii_host", "checked_parts", "target_of"]

#: Calls under way to one host at a time.
_PER_HOST: Final = 8
_CONNECTIONS: Final = 64
_KEPT_S: Final = 15.0
_PORTS: Final = {"http": 80, "https": 443}


class NotAllowed(Exception):
    """The host may not be called."""


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to an address that was checked; the name is not looked up a second time."""

    def __init__(self, rule: HostRule) -> None:
        """Check by a rule."""
        self._rule = rule
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers."""
        looking = asyncio.get_running_loop().run_in_executor(None, self._rule.addresses, host, port)
        try:
            addresses = await looking
        except DeliveryFailed as fault:
            if fault.permanent:
                raise NotAllowed(fault.response) from fault
            raise httpcore.ConnectError(fault.response) from fault
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(
            addresses[-1], port, timeout, local_address, socket_options
        )


class HttpOutbound:
    """HTTP/1.1 by httpcore, driven by an event loop in a thread of its own."""

    def __init__(self, rule: HostRule) -> None:
        """Open nothing yet."""
        self._rule = rule
        self._thread = LoopThread("outbound-http")
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._gates: dict[tuple[str, int], asyncio.Semaphore] = {}

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Make all calls at once and wait for the last."""
        if not calls:
            return []
        return self._thread.run(self._call_all(calls))

    def problem(self, url: str) -> str:
        """Say why a URL can never be called."""
        try:
            self._parts(url)
        except NotAllowed as fault:
            return str(fault)
        return ""

    def close(self) -> None:
        """End connections and the thread; a later call begins anew."""
        pool, self._pool = self._pool, None
        self._gates = {}
        self._thread.close(*([pool.aclose] if pool is not None else []))

    async def _call_all(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Make all calls, each under its own deadline."""
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                max_connections=_CONNECTIONS,
                keepalive_expiry=_KEPT_S,
                network_backend=_Pinned(self._rule),
            )
        pool = self._pool
        return list(await asyncio.gather(*(self._guarded(pool, call) for call in calls)))

    async def _guarded(self, pool: httpcore.AsyncConnectionPool, call: HttpCall) -> HttpAnswer:
        """Return what becomes of one call, whatever that is."""
        sent = asyncio.Event()
        try:
            parts = self._parts(call.url)
            async with asyncio.timeout(call.timeout_s), self._gate(parts):
                return await _exchange(pool, parts, call, sent)
        except (NotAllowed, httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as fault:
            return HttpAnswer(Reach.REFUSED, cause=str(fault))
        except TimeoutError:
            cause = f"no answer within {call.timeout_s:g} s"
            return HttpAnswer(Reach.UNKNOWN if sent.is_set() else Reach.UNREACHED, cause=cause)
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
        ) as fault:
            cause = f"{type(fault).__name__}: {fault}".rstrip(": ")
            return HttpAnswer(Reach.UNKNOWN if sent.is_set() else Reach.UNREACHED, cause=cause)

    def _gate(self, parts: SplitResult) -> asyncio.Semaphore:
        """Return what lets few calls to one host out at a time."""
        origin = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        if origin not in self._gates:
            if len(self._gates) >= 10 * _CONNECTIONS:
                self._gates.clear()
            self._gates[origin] = asyncio.Semaphore(_PER_HOST)
        return self._gates[origin]

    def _parts(self, url: str) -> SplitResult:
        """Return a URL's parts; raise NotAllowed."""
        return checked_parts(self._rule, url)


def checked_parts(rule: HostRule, url: str) -> SplitResult:
    """Return a URL's parts.

    Raises:
        NotAllowed: it can never be called.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as fault:
        raise NotAllowed("not a URL") from fault
    if parts.scheme not in _PORTS or not host or port == 0:
        raise NotAllowed("not an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("a URL must not hold a user or password")
    if any(letter <= " " or letter == "\x7f" for letter in url):
        raise NotAllowed("a URL must not hold blanks or control characters")
    if rule.named and host not in rule.named:
        raise NotAllowed(f"{host} is not in outbound_hosts")
    if parts.scheme == "http" and host not in rule.named:
        raise NotAllowed(f"{host} must be called by https, or be named in outbound_hosts")
    return parts


async def _exchange(
    pool: httpcore.AsyncConnectionPool, parts: SplitResult, call: HttpCall, sent: asyncio.Event
) -> HttpAnswer:
    """Send one request and read its answer; `sent` is set when the first byte goes out."""

    async def trace(name: str, _: object) -> None:
        """Notice that the request is on its way."""
        if name.endswith("send_request_headers.started"):
            sent.set()

    headers: dict[str | bytes, str | bytes] = {
        "Accept-Encoding": "identity",
        "User-Agent": "huiliu",
    }
    headers.update(call.headers.items())
    if call.method not in {"GET", "HEAD"} or call.body:
        headers.setdefault("Content-Length", str(len(call.body)))
    headers.setdefault("Host", parts.netloc.rpartition("@")[2])
    target = httpcore.URL(
        scheme=parts.scheme.encode(),
        host=ascii_host(parts.hostname or ""),
        port=parts.port,
        target=target_of(parts),
    )
    async with pool.stream(
        call.method, target, headers=headers, content=call.body, extensions={"trace": trace}
    ) as answer:
        kept = bytearray()
        async for chunk in answer.aiter_stream():
            kept += chunk
            if len(kept) >= call.longest:
                break
        found = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in answer.headers
        }
        return HttpAnswer(Reach.ANSWERED, answer.status, found, bytes(kept[: call.longest]))


def ascii_host(host: str) -> bytes:
    """Return a host as DNS and certificates write it."""
    try:
        return host.encode("ascii")
    except UnicodeEncodeError:
        pass
    try:
        return host.encode("idna")
    except UnicodeError as fault:
        raise NotAllowed("not a host name") from fault


def target_of(parts: SplitResult) -> bytes:
    """Return path and query as they go over the wire."""
    written = parts.path or "/"
    if parts.query:
        written = f"{written}?{parts.query}"
    try:
        return written.encode("ascii")
    except UnicodeEncodeError as fault:
        raise NotAllowed("a URL's path must be percent-encoded") from fault
