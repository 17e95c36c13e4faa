"""How much memory a bench's processes take together, at the highest."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

__all__ = ["MemorySampler"]

_PROC = Path("/proc")
#: Between two looks: a peak shorter than this may be missed.
_INTERVAL_S = 0.25
_KB = 1024


class MemorySampler:
    """Looks at this process, its descendants and the watched PostgreSQL servers now and then.

    Proportional set size counts a page shared by n processes 1/n to each, so PostgreSQL's shared
    buffers are counted once. Without /proc it is this process's own peak.
    """

    def __init__(self) -> None:
        """Begin with this process alone."""
        #: The highest sum seen, in bytes.
        self.peak_bytes = 0
        self._clusters: list[Path] = []
        self._stop = Event()
        self._thread = Thread(target=self._look_often, name="memory", daemon=True)

    def watch(self, postgres: Path) -> None:
        """Count the server whose postmaster.pid lies in or below this folder."""
        self._clusters.append(postgres)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _look_often(self) -> None:
        """Keep the highest sum."""
        while not self._stop.wait(_INTERVAL_S):
            self.peak_bytes = max(self.peak_bytes, self._sum())

    def _sum(self) -> int:
        """Return what all processes hold now, in bytes."""
        if not _PROC.is_dir():
            unit = 1 if sys.platform == "darwin" else _KB
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return sum(_held_bytes(pid) for pid in _family((os.getpid(), *self._servers())))

    def _servers(self) -> list[int]:
        """Return the process ids of the watched servers that run."""
        found = []
        for folder in self._clusters:
            for path in (folder / "postmaster.pid", folder / "cluster" / "postmaster.pid"):
                try:
                    found.append(int(path.read_text("ascii").split("\n", 1)[0]))
                except (OSError, ValueError):
                    continue
        return found


def _family(roots: Iterable[int]) -> set[int]:
    """Return the processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            try:
                # pid (command) state parent ...: the command may hold spaces and brackets.
                parent = int((entry / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, ())
    return found


def _held_bytes(pid: int) -> int:
    """Return the proportional set size of a process; 0 when it is gone or not ours to read."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _KB for line in lines if line.startswith("Pss:"))
