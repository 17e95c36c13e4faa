"""`push`: messages a second that the push channel hands to a local HTTP/2 server, beside httpx.

In the figure: rendered messages made into requests as APNs wants them (payload, ten headers, signed
in), sent over HTTP/2 to a server in another process, an answer for each. The floor is bare httpx
with the same bodies and headers made before, as many requests under way as it does best with.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.outbox import BRAND, NOW, handed_over
from huiliu.channels import make_providers
from huiliu.channels.apns import ApnsProvider
from huiliu.channels.push import Piece
from huiliu.kernel.ids import digest
from huiliu.kernel.times import Instant
from huiliu.ports.channel import ChannelAccount, OutboundMessage, Target
from huiliu.ports.outbound import HttpCall
from huiliu.stores.clock import SimulatedClock

__all__ = ["run"]

_SIZES: Final = {"small": 6_000, "full": 100_000}
#: The bare client is slow; it gets so many.
_BARE: Final = 2_000
#: Requests under way with which bare httpx is tried; the best one is the floor.
_AT_ONCE: Final = (20, 100)
_PATIENCE_S: Final = 20.0


def run(size: Size, place: Place) -> Measured:
    """Return the messages a second of one worker and of bare httpx."""
    del place
    n_messages = _SIZES[size]
    with _server() as port:
        provider = make_providers(SimulatedClock(Instant(NOW)), "127.0.0.1")["apns"]
        assert isinstance(provider, ApnsProvider)
        account = _account(port)
        messages = _messages(n_messages)
        try:
            figure, n_not_accepted = handed_over(provider, account, messages)
            calls = _calls(provider, account, messages[:_BARE])
        finally:
            provider.close()
        bare = {n: asyncio.run(_bare(calls, n)) for n in _AT_ONCE}
    details = {
        "size": {"messages": n_messages, "bare_messages": len(calls)},
        "not_accepted": n_not_accepted,
        "bare_by_requests_under_way": {str(n): round(found) for n, found in bare.items()},
    }
    return Measured(figure, max(bare.values()), details)


def _account(port: int) -> ChannelAccount:
    """Return an account whose service is the local server."""
    key = ec.generate_private_key(ec.SECP256R1())
    config = {
        "team_id": "TEAM123456", "key_id": "KEY1234567", "bundle": "com.example.shop",
        "key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "endpoint": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    return ChannelAccount(BRAND, "push", "bench", config, provider="apns")


def _messages(n_messages: int) -> list[OutboundMessage]:
    """Return messages as the dispatcher hands them over, each to a device of its own."""
    parts = {"title": "您看过的面霜降价了", "text": "轻乳面霜 50 毫升现在只要 128 元。" * 2}
    found = []
    for number in range(n_messages):
        token = f"{number:064x}"
        found.append(
            OutboundMessage(
                digest("push", number), token, parts, "marketing", NOW, targets=(Target(token),)
            )
        )
    return found


def _calls(
    provider: ApnsProvider, account: ChannelAccount, messages: Sequence[OutboundMessage]
) -> list[HttpCall]:
    """Return the very requests that the provider makes, made before."""
    token = provider.token(account, NOW) or ""
    made = [provider.request(account, Piece(one, one.targets), token, NOW) for one in messages]
    return [one for one in made if isinstance(one, HttpCall)]


async def _bare(calls: Sequence[HttpCall], at_once: int) -> float:
    """Return the requests a second of bare httpx with so many under way."""
    left = iter(calls)
    async with httpx.AsyncClient(http1=False, http2=True, timeout=30) as client:

        async def work() -> None:
            """Send one after the other."""
            for call in left:
                answer = await client.post(call.url, content=call.body, headers=dict(call.headers))
                answer.raise_for_status()

        await client.get(calls[0].url)  # the connection is opened once, not once a measurement
        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return len(calls) / (time.perf_counter() - started)


@contextlib.contextmanager
def _server() -> Iterator[int]:
    """Run the server in a process of its own and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "huiliu.benches.push_echo", str(port)]
    process = subprocess.Popen(command)  # noqa: S603 - a module of our own
    try:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()
