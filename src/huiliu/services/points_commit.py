"""Operations on points of many callers in one transaction, for those that come meanwhile together.

No thread of its own: one of those who wait writes for all, and names the next one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition, Event, Lock
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.kernel.errors import Conflict, Unavailable
from huiliu.ports.store import Store
from huiliu.ports.world import World
from huiliu.rewards.points import Operation, Posted
from huiliu.services.post_points import post

__all__ = ["commit_points"]

#: Operations of one transaction at most: it bounds how long the next one waits.
_MOST_TOGETHER: Final = 500
#: Whoever writes waits for the interpreter after each answer of the database; by Python's own
#: setting others hold it for up to 5 ms each time.
_SWITCH_S: Final = 0.0002
#: Who writes waits so long at most for those who asked together before; nobody waits who is alone.
_GATHERS_S: Final = 0.003
#: A caller whose key another caller used at the same instant asks again.
_TRIES: Final = 3


@dataclass(slots=True, eq=False)
class _Job:
    """What one caller wants written."""

    world: World
    brand_id: int
    operations: Sequence[Operation]
    #: Set when it is written, or when its caller is to write.
    woken: Event = field(default_factory=Event)
    is_done: bool = False
    answers: list[Posted] = field(default_factory=list)
    fault: Exception | None = None


class _Desk:
    """Where the callers of one store meet."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        sys.setswitchinterval(_SWITCH_S)
        self._lock = Condition()
        self._waiting: list[_Job] = []
        self._is_writing = False
        #: How many wait once those who were just answered have asked again.
        self._expected = 0

    def submit(self, job: _Job) -> None:
        """Return when the job is written, by whomever."""
        with self._lock:
            self._waiting.append(job)
            if len(self._waiting) == self._expected:
                self._lock.notify_all()
            writes = not self._is_writing
            self._is_writing = True
        if not writes:
            job.woken.wait()
        if not job.is_done:
            self._gather()
            self._write()

    def _gather(self) -> None:
        """Wait a moment for those who were just answered: a transaction costs more than they do."""
        with self._lock:
            self._lock.wait_for(lambda: len(self._waiting) >= self._expected, _GATHERS_S)

    def _write(self) -> None:
        """Write all that waits, tell those whose it is, and name who writes next."""
        with self._lock:
            group = self._take()
        try:
            _commit(group)
        finally:
            with self._lock:
                follower = self._waiting[0] if self._waiting else None
                self._is_writing = follower is not None
                self._expected = len(self._waiting) + len(group)
            for job in group:
                if len(job.answers) < len(job.operations) and job.fault is None:
                    job.fault = Unavailable("points", "the writer was interrupted")
                job.is_done = True
                job.woken.set()
            if follower is not None:
                follower.woken.set()

    def _take(self) -> list[_Job]:
        """Return as many jobs of the first one's brand as go together, in their order."""
        group: list[_Job] = []
        rest: list[_Job] = []
        n_operations = 0
        brand_id = self._waiting[0].brand_id
        for job in self._waiting:
            if job.brand_id == brand_id and n_operations < _MOST_TOGETHER:
                group.append(job)
                n_operations += len(job.operations)
            else:
                rest.append(job)
        self._waiting = rest
        return group


#: A desk lives as long as its store.
_desks: WeakKeyDictionary[Store, _Desk] = WeakKeyDictionary()
_desks_lock = Lock()


def commit_points(world: World, brand_id: int, operations: Sequence[Operation]) -> list[Posted]:
    """Book operations, maybe together with those of others; return the answers once durable.

    Raises:
        Unavailable: the database did not take them, or did not say so: ask again, keys are safe.
        Conflict: their keys are being used for other people again and again.
    """
    with _desks_lock:
        desk = _desks.setdefault(world.store, _Desk())
    for attempt in range(_TRIES):
        job = _Job(world, brand_id, operations)
        desk.submit(job)
        if job.fault is None:
            return job.answers
        if not isinstance(job.fault, Conflict) or attempt == _TRIES - 1:
            raise job.fault
    raise AssertionError("the last try returns or raises")


def _commit(group: Sequence[_Job]) -> None:
    """Write a group together; where that fails, each of them alone."""
    try:
        _post(group)
    except Unavailable as fault:
        for job in group:
            job.fault = fault
    except Exception as fault:  # noqa: BLE001 - one caller's fault is not the others'
        if len(group) == 1:
            group[0].fault = fault
            return
        for job in group:
            _commit([job])


def _post(group: Sequence[_Job]) -> None:
    """Write jobs in one transaction."""
    world, brand_id = group[0].world, group[0].brand_id
    operations = [one for job in group for one in job.operations]
    with world.store.system() as tx:
        posting = post(tx, world, brand_id, operations)
        tx.log.append(posting.events)
    answers = iter(posting.answers)
    for job in group:
        job.answers = [next(answers) for _ in job.operations]
