"""Many requests, one transaction: what arrives while two commit goes into the next."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Final

import structlog

from huiliu.kernel.errors import HuiliuError, Unavailable
from huiliu.ports.log import RefusedEvent
from huiliu.ports.world import World
from huiliu.services.ingest import settled, write
from huiliu.services.prepare import Prepared

__all__ = ["Busy", "GroupCommit", "Work"]

#: A transaction takes this many events at most: it bounds how long the next one waits.
_MOST_TOGETHER: Final = 10_000
#: More than this many events waiting means that the database cannot follow: say so at once.
_MOST_WAITING: Final = 100_000

#: While one transaction waits for the disk, the other claims its keys; the log's lock orders them.
_N_WRITERS: Final = 2
#: A transaction has its price, so the second writer begins only when so many events wait.
_WORTH_A_SECOND: Final = 200

#: The writing thread asks the database a dozen times for one transaction, and after each answer
#: waits for the interpreter, which others hold for up to 5 ms each time by Python's own setting.
_SWITCH_S: Final = 0.0002

log = structlog.get_logger()


class Busy(HuiliuError):
    """Too much is waiting to be written."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What one request wants written, and who waits for it."""

    prepared: Prepared
    refused: Sequence[RefusedEvent]
    future: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def size(self) -> int:
        """How many events it holds."""
        return len(self.prepared.events) + len(self.refused)


class GroupCommit:
    """Writes the work of all requests in two threads; an answer is given after the commit."""

    def __init__(self, world: World) -> None:
        """Start nothing yet: the threads begin with the first work."""
        # No more than is needed: they outlive a server that is stopped, and what they hold.
        self._store = world.store
        self._secrets = world.secrets
        self._waiting: list[Work] = []
        self._n_waiting = 0
        self._n_writing = 0
        self._changed = Condition()
        self._threads: list[Thread] = []

    async def submit(self, work: Work) -> None:
        """Return when the work is on disk.

        Raises:
            Busy: too much is waiting; nothing was taken.
            Unavailable: the database did not take it, or did not say so.
        """
        with self._changed:
            if self._n_waiting >= _MOST_WAITING:
                raise Busy
            if not self._threads:
                self._threads = [
                    Thread(target=self._run, name=f"group-commit-{number}", daemon=True)
                    for number in range(_N_WRITERS)
                ]
                for thread in self._threads:
                    thread.start()
            self._waiting.append(work)
            self._n_waiting += work.size
            if self._is_worth():
                self._changed.notify()
        await work.future

    def _run(self) -> None:
        """Commit group after group; ends with the process, or when the server has ended."""
        sys.setswitchinterval(_SWITCH_S)
        while self._round():
            pass

    def _round(self) -> bool:
        """Commit one group and tell who waits; False = nobody is left to be told."""
        group = self._take()
        try:
            faults = self._commit(group)
        finally:
            with self._changed:
                self._n_writing -= 1
                self._changed.notify()
        loop = group[0].future.get_loop()
        try:
            loop.call_soon_threadsafe(_tell, group, faults)
        except RuntimeError:
            # The server ended while we wrote.
            return False
        return True

    def _take(self) -> list[Work]:
        """Wait for work and return as much as one transaction takes."""
        with self._changed:
            while not self._is_worth():
                self._changed.wait()
            self._n_writing += 1
            n_works = n_events = 0
            while n_works < len(self._waiting) and n_events < _MOST_TOGETHER:
                n_events += self._waiting[n_works].size
                n_works += 1
            group, self._waiting = self._waiting[:n_works], self._waiting[n_works:]
            self._n_waiting -= n_events
            return group

    def _is_worth(self) -> bool:
        """Say whether a writer that has nothing to do should begin."""
        if self._n_writing:
            return self._n_waiting >= _WORTH_A_SECOND
        return bool(self._waiting)

    def _commit(self, group: Sequence[Work]) -> list[Unavailable | None]:
        """Write a group and return each work's fault."""
        fault = self._write(group)
        if fault is None or fault.service != "log" or len(group) == 1:
            return [fault] * len(group)
        # One of them cannot be written: it must not cost the others.
        return [self._write([work]) for work in group]

    def _write(self, group: Sequence[Work]) -> Unavailable | None:
        """Write works in one transaction; return why it failed."""
        try:
            with self._store.system() as tx:
                tx.log.refuse([refused for work in group for refused in work.refused])
                write(tx, self._secrets, [work.prepared for work in group])
        except Unavailable as fault:
            log.warning("ingest_unavailable", n_requests=len(group))
            return fault
        except Exception as fault:  # noqa: BLE001 - one request must not end the thread of all
            # The type only: a driver's message may repeat a value.
            log.warning("ingest_failed", error=type(fault).__name__, n_requests=len(group))
            return Unavailable("log", type(fault).__name__)
        settled(self._secrets, [work.prepared for work in group])
        return None


def _tell(group: Sequence[Work], faults: Sequence[Unavailable | None]) -> None:
    """Wake who waits; a client that went away is not told."""
    for work, fault in zip(group, faults, strict=True):
        if work.future.done():
            continue
        if fault is None:
            work.future.set_result(None)
        else:
            work.future.set_exception(fault)
