"""The mail role: reads bounces, complaints and ways out by SMTP, and nothing else.

It takes letters to addresses of its own only, from anyone, and sends none: there is nothing to
relay and nothing to answer. Whoever brings a letter hears 250 when what it says is durable.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread
from typing import Any, Final

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from huiliu.bootstrap import House
from huiliu.kernel.errors import BadSetting, NotFound, Unavailable
from huiliu.kernel.texts import text
from huiliu.ports.health import Beat
from huiliu.ports.world import World
from huiliu.roles.logs import fault_facts
from huiliu.services.take_mail import Mailboxes, mailboxes, take_mail

__all__ = ["MailServer", "run"]

#: New accounts are known after so long.
_FRESH_S: Final = 10.0
_BEAT_EVERY_S: Final = 2.0
#: Letters that are read at the same time.
_READERS: Final = 4
_MOST_RECIPIENTS: Final = 10
_MOST_CONNECTIONS: Final = 200
_MOST_FROM_ONE: Final = 20
#: A session that says nothing for so long, or lasts so long, is ended.
_SILENCE_S: Final = 60.0
_LONGEST_S: Final = 300.0
_MOST_COMMANDS: Final = 200
_BACKLOG: Final = 256

log = structlog.get_logger()


class _Letters:
    """What becomes of letters: aiosmtpd calls these."""

    def __init__(self, world: World, readers: ThreadPoolExecutor) -> None:
        self.n_taken = 0
        self.n_failed = 0
        self.fault = ""
        self._world = world
        self._readers = readers
        self._boxes: Mailboxes | None = None
        self._fresh_until = 0.0
        self._lock = Lock()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Say whether an address is one of ours."""
        del server, session, options
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            boxes = await self._on_thread(self._known)
        except Unavailable as fault:
            return self._later(fault)
        if boxes.find(address) is None:
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Act on a letter; the answer comes when that is durable."""
        del server, session
        content = envelope.original_content or b""
        try:
            for recipient in envelope.rcpt_tos:
                await self._on_thread(self._take, envelope.mail_from or "", recipient, content)
        except Unavailable as fault:
            return self._later(fault)
        except NotFound:
            return "550 5.1.1 No such address here"
        except Exception as fault:  # noqa: BLE001 - a letter made to break us must break only itself
            self.n_failed += 1
            self.fault = type(fault).__name__
            log.warning("letter_not_read", size=len(content), **fault_facts(fault))
            return "554 5.6.0 Not understood"
        self.fault = ""
        return "250 2.0.0 Taken"

    def _take(self, sender: str, recipient: str, content: bytes) -> None:
        """Act on one letter to one address."""
        taken = take_mail(self._world, self._known(), sender, recipient, content)
        self.n_taken += 1
        log.info("letter_taken", kind=taken.kind, changed=taken.changed, size=len(content))

    def _known(self) -> Mailboxes:
        """Return where mail is read, looked up again every few seconds."""
        with self._lock:
            if self._boxes is None or time.monotonic() > self._fresh_until:
                self._boxes = mailboxes(self._world)
                self._fresh_until = time.monotonic() + _FRESH_S
            return self._boxes

    async def _on_thread(self, work: Callable[..., Any], *arguments: object) -> Any:  # as `work`
        """Return what a reader thread returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, work, *arguments)

    def _later(self, fault: Unavailable) -> str:
        """Return the answer while the database is away: who brings a letter brings it again."""
        self.n_failed += 1
        self.fault = type(fault).__name__
        return "451 4.3.0 Not now, please come again"


class _Session(SMTP):
    """One connection, of which there are not too many, and none for ever."""

    def __init__(self, letters: _Letters, counts: Counter[str], **named: Any) -> None:  # aiosmtpd's
        super().__init__(letters, **named)
        self._counts = counts
        self._peer = ""
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, or send away where there are too many."""
        assert isinstance(transport, asyncio.Transport)
        name = transport.get_extra_info("peername")
        self._peer = str(name[0]) if name else "?"
        self._counts[self._peer] += 1
        if self._counts[self._peer] > _MOST_FROM_ONE or self._counts.total() > _MOST_CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections\r\n")
            transport.abort()
            self._forget()
            return
        self._end = asyncio.get_running_loop().call_later(_LONGEST_S, transport.abort)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection."""
        if not self._peer:
            return
        self._forget()
        super().connection_lost(error)

    def _forget(self) -> None:
        """Count one connection less, once."""
        self._counts[self._peer] -= 1
        if self._counts[self._peer] <= 0:
            del self._counts[self._peer]
        self._peer = ""
        if self._end is not None:
            self._end.cancel()


class MailServer:
    """Listens in a thread of its own until it is stopped."""

    def __init__(
        self, world: World, host: str, port: int, name: str = "", max_kb: int = 512
    ) -> None:
        """Prepare; port 0 = any free one."""
        self.host = host
        self.port = port
        self._name = name or "localhost"
        self._max_bytes = max_kb * 1024
        self._readers = ThreadPoolExecutor(_READERS, "mail")
        self.letters = _Letters(world, self._readers)
        self._counts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._serve, name="mail", daemon=True)
        self._ready = Event()
        self._fault: OSError | None = None

    def start(self) -> None:
        """Return when letters are taken; raise BadSetting where the port cannot be had."""
        self._thread.start()
        self._ready.wait()
        if self._fault is not None:
            said = text("setting.no_mail_port", cause=self._fault.strerror or str(self._fault))
            raise BadSetting("mail_port", f"{self.host}:{self.port}", said) from self._fault

    def stop(self) -> None:
        """Take no more, let letters under way be read, and return."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._readers.shutdown()

    def is_alive(self) -> bool:
        """Say whether it listens."""
        return self._thread.is_alive()

    def _session(self) -> _Session:
        """Return the protocol of a new connection."""
        return _Session(
            self.letters, self._counts, loop=self._loop, hostname=self._name,
            ident="Huiliu", data_size_limit=self._max_bytes, timeout=_SILENCE_S,
            command_call_limit=_MOST_COMMANDS, enable_SMTPUTF8=True, auth_exclude_mechanism=(
                "LOGIN", "PLAIN",
            ),
        )  # fmt: skip

    def _serve(self) -> None:
        """Listen until stopped."""
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(
                self._loop.create_server(self._session, self.host, self.port, backlog=_BACKLOG)
            )
        except OSError as fault:
            self._fault = fault
            self._ready.set()
            self._loop.close()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()


def run(house: House, stop: Event, on_ready: Callable[[], None]) -> None:
    """Read mail until `stop` is set."""
    settings = house.settings
    server = MailServer(
        house.world, settings.mail_listen, settings.mail_port, settings.mail_host,
        settings.mail_max_kb,
    )  # fmt: skip
    server.start()
    log.info("mail_started", host=server.host, port=server.port)
    on_ready()
    while server.is_alive() and not stop.wait(_BEAT_EVERY_S):
        _beat(house.world, server)
    server.stop()
    log.info("mail_stopped")


def _beat(world: World, server: MailServer) -> None:
    """Write how reading fares, for /metrics and `huiliu doctor`."""
    letters = server.letters
    process = f"{socket.gethostname()}:{os.getpid()}"
    now = world.clock.now()
    beat = Beat(process, "mail", now, letters.n_taken, letters.n_failed, letters.fault)
    try:
        with world.store.system() as tx:
            tx.health.beat([beat])
    except Unavailable:
        # The next beat tells it.
        return
