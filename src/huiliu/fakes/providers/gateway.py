"""A gateway of China Mobile that takes everything by CMPP, reports, and fails as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from huiliu.fakes.arrivals import Arrivals, Arrived
from huiliu.fakes.providers.cloud import script_of
from huiliu.messages.cmpp import (
    Command,
    Connect,
    Deliver,
    Frame,
    Report,
    Splitter,
    Submit,
    authenticator,
    connect_answer,
    frame,
    result,
)

__all__ = ["FakeGateway"]

_SOURCE: Final = "901234"
_SECRET: Final = "fake-cmpp"  # noqa: S105 - of a fake
_NUMBER: Final = "10690123"
#: What a script answers to a submit.
_RESULTS: Final = {
    "busy": 8, "no_number": 13, "bad_words": 6, "no_money": 5, "fault": 3, "crash": 9,
}  # fmt: skip
_FATES: Final = {"undelivered": "UNDELIV", "expired": "EXPIRED", "opted_out": "DB:0141"}
_READ: Final = 64 * 1024


@dataclass(slots=True)
class _Long:
    """A message of several parts, as they come in."""

    total: int
    parts: dict[int, str] = field(default_factory=dict)


class FakeGateway:
    """A gateway in a thread of its own."""

    name = "cmpp"

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        version: int = 0x30,
        window: int = 16,
        script: Callable[[str], str] = script_of,
    ) -> None:
        """Prepare; `start` opens the port, 0 = any free one.

        Args:
            port: where to listen.
            host: the address to listen on.
            version: the highest that it speaks.
            window: more submits without an answer are met with flow control.
            script: number -> what becomes of a message to it.
        """
        self.port = port
        self.host = host
        self.arrivals = Arrivals()
        self.version = version
        #: Submits in a row that met flow control before one is taken, by number.
        self.busy_for = 0
        #: Answer no test of the line.
        self.is_deaf = False
        #: Answer a connect as one does that knows the secret.
        self.proves_itself = True
        self.counts: Counter[str] = Counter()
        self._window = window
        self._script = script
        self._refused: Counter[str] = Counter()
        self._long: dict[tuple[str, int], _Long] = {}
        self._last = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._lines: set[_Line] = set()

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"host": self.host, "port": str(self.port), "sp_id": _SOURCE, "secret": _SECRET,
                "source": _NUMBER, "version": "3.0" if self.version == 0x30 else "2.0"}  # fmt: skip

    def report(self) -> dict[str, object]:
        """Return counts: messages, parts, reports, connections."""
        return self.arrivals.report() | dict(self.counts)

    def take(self) -> list[Arrived]:
        """Return the whole messages that arrived since the last call, parts joined."""
        return self.arrivals.take()

    def reply(self, number: str, text: str) -> None:
        """Send a phone's message over one of the connections."""
        if self._loop is None:
            raise RuntimeError("the gateway is not running")
        asyncio.run_coroutine_threadsafe(self._reply(number, text), self._loop).result()

    def hang_up(self) -> None:
        """End every connection without a word."""
        if self._loop is not None:
            for line in tuple(self._lines):
                self._loop.call_soon_threadsafe(line.writer.transport.abort)

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        self._thread = threading.Thread(target=self._serve, name="fake-gateway", daemon=True)
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

    def _serve(self) -> None:
        """Run the server until it is stopped."""
        loop = self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(asyncio.start_server(self._enter, self.host, self.port))
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for line in tuple(self._lines):
                line.writer.close()
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        line = _Line(writer)
        self._lines.add(line)
        self.counts["connections"] += 1
        splitter = Splitter()
        try:
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(_READ):
                    for found in splitter.feed(data):
                        await self._answer(line, found)
        finally:
            self._lines.discard(line)
            writer.close()

    async def _answer(self, line: _Line, found: Frame) -> None:
        """Answer one packet."""
        if found.is_answer:
            line.unanswered -= 1
            return
        match found.command:
            case Command.CONNECT:
                await self._sign_in(line, found)
            case Command.SUBMIT if line.is_in:
                await self._submit(line, found)
            case Command.ACTIVE_TEST:
                self.counts["tests"] += 1
                if not self.is_deaf:
                    await line.say(Command.ACTIVE_TEST, found.sequence, b"\0", is_answer=True)
            case Command.TERMINATE:
                await line.say(Command.TERMINATE, found.sequence, is_answer=True)
                line.writer.close()

    async def _sign_in(self, line: _Line, found: Frame) -> None:
        """Let in who knows the secret and speaks a version that is known here."""
        asked = Connect.read(found.body)
        expected = authenticator(asked.source, _SECRET, asked.timestamp)
        status = 0
        if asked.source != _SOURCE:
            status = 2
        elif asked.proof != expected:
            status = 3
        elif asked.version > self.version:
            status = 4
        line.version = min(asked.version, self.version)
        line.is_in = status == 0
        secret = _SECRET if self.proves_itself else "a stranger's"
        body = connect_answer(status, asked.proof, secret, line.version)
        await line.say(Command.CONNECT, found.sequence, body, is_answer=True)
        if status:
            line.writer.close()

    async def _submit(self, line: _Line, found: Frame) -> None:
        """Answer one submit as its number asks."""
        asked = Submit.read(found.body, line.version)
        script = self._script(asked.to)
        status = _RESULTS.get(script, 0)
        if self.busy_for and self._refused[asked.to] < self.busy_for:
            self._refused[asked.to] += 1
            status = 8
        if status:
            self.arrivals.count(f"result {status}")
            body = result(0, status, line.version)
            await line.say(Command.SUBMIT, found.sequence, body, is_answer=True)
            return
        self._last += 1
        known = (0b1011_10110_10000 << 50) + self._last
        self._keep(asked, known)
        if script == "hang":
            return
        if script == "lost_answer":
            line.writer.transport.abort()
            return
        report = Report(known, _FATES.get(script, "DELIVRD"), "2611221200", "2611221201", asked.to)
        if script == "early":
            await self._tell(line, report)
        answer = result(known, 0, line.version)
        await line.say(Command.SUBMIT, found.sequence, answer, is_answer=True)
        if asked.wants_report and script not in {"silent", "early"}:
            for _ in range(2 if script == "twice" else 1):
                await self._tell(line, report)

    async def _tell(self, line: _Line, report: Report) -> None:
        """Send a report."""
        self.counts["reports"] += 1
        told = Deliver(
            report.message_id, _NUMBER, report.to, report.content(line.version), 0, is_report=True
        )
        await line.deliver(told)

    async def _reply(self, number: str, text: str) -> None:
        """Send a phone's message."""
        self._last += 1
        plain = text.isascii()
        for line in [one for one in self._lines if one.is_in][:1]:
            await line.deliver(Deliver(
                self._last, _NUMBER, number.lstrip("+").removeprefix("86"),
                text.encode() if plain else text.encode("utf-16-be"), 0 if plain else 8,
                is_report=False,
            ))  # fmt: skip

    def _keep(self, asked: Submit, known: int) -> None:
        """Count a part, and the whole message when its last part is there."""
        self.counts["parts"] += 1
        content, reference = asked.content, -1
        if asked.has_header:
            reference, content = content[3], content[content[0] + 1 :]
        text = content.decode("utf-16-be" if asked.coding == 8 else "ascii")
        to = f"+86{asked.to}" if len(asked.to) == 11 else f"+{asked.to}"
        if asked.total > 1:
            waiting = self._long.setdefault((to, reference), _Long(asked.total))
            waiting.parts[asked.number] = text
            if len(waiting.parts) < waiting.total:
                return
            text = "".join(waiting.parts[at] for at in sorted(waiting.parts))
            del self._long[to, reference]
        self.arrivals.add(f"{to} {text}", Arrived(to, str(known), text))


@dataclass(eq=False, slots=True)
class _Line:
    """One connection of a client."""

    writer: asyncio.StreamWriter
    is_in: bool = False
    version: int = 0x30
    unanswered: int = 0
    sequence: int = 0

    async def say(
        self, command: Command, sequence: int, body: bytes = b"", *, is_answer: bool
    ) -> None:
        """Write a packet."""
        self.writer.write(frame(command, sequence, body, is_answer=is_answer))
        await self.writer.drain()

    async def deliver(self, told: Deliver) -> None:
        """Send a report or a phone's message."""
        self.sequence += 1
        self.unanswered += 1
        await self.say(Command.DELIVER, self.sequence, told.body(self.version), is_answer=False)
