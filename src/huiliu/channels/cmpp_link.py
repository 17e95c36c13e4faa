"""One CMPP connection: signed in, listened to, and tested while nothing else is said."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from huiliu.channels.outbound import HostRule
from huiliu.channels.sms_cloud import CHINA
from huiliu.kernel.errors import DeliveryFailed
from huiliu.kernel.times import SECOND
from huiliu.messages.cmpp import (
    Command,
    Connect,
    ConnectAnswer,
    Deliver,
    Frame,
    Malformed,
    Splitter,
    authenticator,
    frame,
    gateway_authenticator,
    result,
    version_of,
)
from huiliu.ports.channel import AnswerState
from huiliu.ports.clock import Clock

__all__ = ["Account", "Link", "Refused"]

#: Status of a connect -> what it means; others are waited out.
_CONNECTS: Final = {
    1: AnswerState.PAUSE,  # structure
    2: AnswerState.PAUSE,  # no such source
    3: AnswerState.PAUSE,  # wrong secret
    4: AnswerState.PAUSE,  # version too high
}
#: Unanswered tests after which a connection is dead.
_MISSES: Final = 3
_READ: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Account:
    """An account's fields, read once."""

    host: str
    port: int
    version: int
    source: str
    secret: str
    source_number: str
    service: str
    signature: str
    fee_user: int
    fee_type: str
    fee_code: str
    connections: int
    window: int
    timeout_s: float
    test_every_s: float
    checks_gateway: bool

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Account:
        """Return the fields of an account, its defaults filled in."""
        return cls(
            host=given["host"],
            port=int(given["port"]),
            version=0x30 if given["version"] == "3.0" else 0x20,
            source=given["sp_id"],
            secret=given["secret"],
            source_number=given["source"],
            service=given["service"],
            signature=given["signature"],
            fee_user=int(given["fee_user"]),
            fee_type=given["fee_type"],
            fee_code=given["fee_code"],
            connections=int(given["connections"]),
            window=int(given["window"]),
            timeout_s=float(given["timeout"]),
            test_every_s=float(given["test_every"]),
            checks_gateway=given["check_gateway"] == "yes",
        )


class Refused(Exception):
    """No connection: what that means for every message."""

    def __init__(self, state: AnswerState, response: str, code: str = "") -> None:
        """Say what it means, in words for an operator, and the gateway's code of it."""
        super().__init__(response)
        self.state = state
        self.response = response
        self.code = code


class Link:
    """One connection: signed in, listened to, and tested while nothing else is said."""

    def __init__(self, account: Account, take: Callable[[Deliver], None]) -> None:
        """Hold the account; nothing is opened yet."""
        self._account = account
        self._take = take
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._splitter = Splitter()
        self._sequence = 0
        self._said_at = 0.0
        self._version = account.version
        self.window = asyncio.Semaphore(account.window)
        self.is_lost = False

    async def open(self, rule: HostRule, clock: Clock) -> None:
        """Connect and sign in; raise Refused."""
        account = self._account
        try:
            host = await asyncio.to_thread(rule.resolve, account.host, account.port)
        except DeliveryFailed as fault:
            state = AnswerState.PAUSE if fault.permanent else AnswerState.THROTTLED
            raise Refused(state, fault.response) from fault
        try:
            async with asyncio.timeout(account.timeout_s):
                self._reader, self._writer = await asyncio.open_connection(host, account.port)
                await self._sign_in(clock)
        except TimeoutError as fault:
            await self.close()
            raise Refused(AnswerState.THROTTLED, "no answer to the connect") from fault
        except (OSError, asyncio.IncompleteReadError, Malformed) as fault:
            await self.close()
            raise Refused(AnswerState.THROTTLED, f"no connection: {fault}") from fault
        except Refused:
            await self.close()
            raise
        self._tasks = [
            asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._test())
        ]  # fmt: skip

    async def ask(self, command: Command, body: bytes = b"") -> bytes:
        """Send a request and return the body of its answer; raise ConnectionError."""
        if self.is_lost or self._writer is None:
            raise ConnectionError("it was closed")
        sequence = self._next()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[sequence] = future
        try:
            await self._say(frame(command, sequence, body))
            return await future
        finally:
            self._asked.pop(sequence, None)

    async def close(self) -> None:
        """Say goodbye, where anybody listens, and end."""
        was_open, self.is_lost = not self.is_lost, True
        here = asyncio.current_task()
        for task in self._tasks:
            if task is not here:
                task.cancel()
        for future in self._asked.values():
            if not future.done():
                future.set_exception(ConnectionError("it was closed"))
        if self._writer is not None:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    if was_open:
                        self._writer.write(frame(Command.TERMINATE, self._next()))
                        await self._writer.drain()
                    self._writer.close()
                    await self._writer.wait_closed()

    async def _sign_in(self, clock: Clock) -> None:
        """Prove who we are; the gateway's answer says which version it speaks. Raise Refused."""
        account = self._account
        here = datetime.fromtimestamp(clock.now() // SECOND, CHINA)
        stamp = int(f"{here:%m%d%H%M%S}")
        proof = authenticator(account.source, account.secret, stamp)
        ours = Connect(account.source, proof, account.version, stamp)
        await self._say(frame(Command.CONNECT, self._next(), ours.body()))
        first = await self._first()
        answer = ConnectAnswer.read(first.body)
        if answer.status:
            state = _CONNECTS.get(answer.status, AnswerState.THROTTLED)
            raise Refused(state, f"connect: status {answer.status}", f"connect-{answer.status}")
        expected = gateway_authenticator(answer.raw_status, proof, account.secret)
        if account.checks_gateway and not hmac.compare_digest(expected, answer.proof):
            raise Refused(AnswerState.PAUSE, "the gateway does not know the secret")
        # A gateway of the older version answers with the older layout, and speaks it from then on.
        self._version = version_of(min(account.version, answer.version or account.version))

    async def _first(self) -> Frame:
        """Return the answer to the connect."""
        assert self._reader is not None
        while True:
            data = await self._reader.read(_READ)
            if not data:
                raise ConnectionError("the gateway hung up")
            for found in self._splitter.feed(data):
                if found.is_answer and found.command == Command.CONNECT:
                    return found

    async def _listen(self) -> None:
        """Read until the connection ends."""
        assert self._reader is not None
        try:
            while data := await self._reader.read(_READ):
                for found in self._splitter.feed(data):
                    await self._hear(found)
        except (OSError, Malformed):
            pass
        finally:
            if not self.is_lost:
                await self.close()

    async def _hear(self, found: Frame) -> None:
        """Give an answer to whoever waits for it, or answer a request."""
        if found.is_answer:
            waiting = self._asked.get(found.sequence)
            if waiting is not None and not waiting.done():
                waiting.set_result(found.body)
            return
        match found.command:
            case Command.DELIVER:
                delivered = Deliver.read(found.body, self._version)
                self._take(delivered)
                body = result(delivered.message_id, 0, self._version)
            case Command.ACTIVE_TEST:
                body = b"\0"
            case _:
                body = b""
        await self._say(frame(found.command, found.sequence, body, is_answer=True))
        if found.command == Command.TERMINATE:
            await self.close()

    async def _test(self) -> None:
        """Ask whether the gateway is there while nothing else is said; give it up if it is not."""
        loop = asyncio.get_running_loop()
        misses = 0
        while True:
            quiet_s = loop.time() - self._said_at
            await asyncio.sleep(max(self._account.test_every_s - quiet_s, 0.01))
            if loop.time() - self._said_at < self._account.test_every_s:
                continue
            try:
                async with asyncio.timeout(self._account.timeout_s):
                    await self.ask(Command.ACTIVE_TEST)
                misses = 0
            except TimeoutError:
                misses += 1
            except OSError:
                return
            if misses >= _MISSES:
                await self.close()
                return

    async def _say(self, data: bytes) -> None:
        """Write a packet."""
        assert self._writer is not None
        self._said_at = asyncio.get_running_loop().time()
        self._writer.write(data)
        await self._writer.drain()

    def _next(self) -> int:
        """Return the next sequence number."""
        self._sequence = self._sequence % 0xFFFF_FFFF + 1
        return self._sequence
