"""The folder of an instance: what lies where, and who is running it right now."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huiliu.kernel.errors import NotFound, Occupied

__all__ = ["Folder", "Holder"]

#: How often a waiting command looks whether the folder is free.
_LOOK_S = 0.05
#: Room for all that a holder says of itself.
_LINE_BYTES = 512


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an instance folder."""

    pid: int
    #: serve, command, or the name of a role.
    what: str
    #: True once a `serve` can take events and questions.
    ready: bool
    #: Where the console answers; "" for anyone but a `serve`.
    address: str


@dataclass(frozen=True, slots=True)
class Folder:
    """An instance folder and the places in it."""

    root: Path

    @property
    def key(self) -> Path:
        """The instance key, readable by its owner only."""
        return self.root / "instance.key"

    @property
    def data(self) -> Path:
        """Everything that Huiliu writes."""
        return self.root / "data"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's data."""
        return self.data / "postgres"

    @property
    def warehouse(self) -> Path:
        """The embedded warehouse."""
        return self.data / "warehouse.duckdb"

    @property
    def facts(self) -> Path:
        """The files of a warehouse on Spark."""
        return self.data / "facts"

    def require(self) -> None:
        """Raise NotFound when this is no instance folder."""
        if not self.key.is_file() or not self.data.is_dir():
            raise NotFound("instance", str(self.root.resolve()))

    def holder(self, lock: str = "instance") -> Holder | None:
        """Return who holds the folder, or None; a lock left by kill -9 counts for nothing."""
        path = self._lock(lock)
        if not path.exists():
            return None
        with path.open("r+b") as file:
            try:
                # Shared: two who only look never take each other for a holder.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read_holder(path)
            return None

    @contextmanager
    def held(self, what: str, *, lock: str = "instance", wait_s: float = 0) -> Iterator[Mark]:
        """Hold the folder alone until the block ends, or raise Occupied saying who holds it.

        The operating system frees the lock when its process dies, however it dies. A `serve` is
        not waited for: it stays; a command is, for `wait_s` seconds.
        """
        self.data.mkdir(mode=0o700, exist_ok=True)
        path = self._lock(lock)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._claim(descriptor, path, wait_s)
            mark = Mark(descriptor, Holder(os.getpid(), what, ready=False, address=""))
            mark.write()
            try:
                yield mark
            finally:
                # Nobody takes these words for those of the next holder, who has yet to write.
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def _claim(self, descriptor: int, path: Path, wait_s: float) -> None:
        """Take the lock; raise Occupied when it stays taken."""
        deadline = time.monotonic() + wait_s
        was_there = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found = _read_holder(path)
                # Who only looks holds the lock for a moment, too, and the words of one that was
                # killed stay until the next holder writes. A container that is started again has
                # the numbers of the one before: a `serve` is believed when it is met twice.
                is_there = found.what == "serve" and _is_there(found.pid)
                if (is_there and was_there) or time.monotonic() >= deadline:
                    raise Occupied(str(self.root.resolve()), found.what, found.pid) from None
                was_there = is_there
                time.sleep(_LOOK_S)
            else:
                return

    def _lock(self, name: str) -> Path:
        """Return the lock file of the whole instance or of one role."""
        return self.data / f"{name}.lock"


class Mark:
    """The holder's own line in the lock file."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        """Keep the open lock file."""
        self._descriptor = descriptor
        self._holder = holder

    def write(self, *, ready: bool = False, address: str = "") -> None:
        """Say who holds the folder, whether it is ready, and where it answers."""
        found = self._holder
        line = {"pid": found.pid, "what": found.what, "ready": ready, "address": address}
        # At one go, over all that stood there: whoever reads meanwhile finds no half a line.
        written = json.dumps(line).encode().ljust(_LINE_BYTES)
        os.pwrite(self._descriptor, written, 0)
        os.ftruncate(self._descriptor, len(written))


def _read_holder(path: Path) -> Holder:
    """Return what the holder wrote of itself; it may be about to write."""
    try:
        line = json.loads(path.read_text("utf-8"))
        return Holder(line["pid"], line["what"], line["ready"], line["address"])
    except (OSError, ValueError, KeyError):
        return Holder(0, "starting", ready=False, address="")


def _is_there(pid: int) -> bool:
    """Say whether a process of this machine has a number; 0 = nobody said one."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
