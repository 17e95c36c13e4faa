"""What every bench gets and gives: a throw-away instance, and a figure with its floor."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from huiliu.benches.memory import MemorySampler
from huiliu.bootstrap import House, defer_collection, make_instance, open_instance
from huiliu.ports.clock import Clock

__all__ = ["Measured", "Place", "Run", "Size", "collecting_late", "opened_place"]

#: small ends within 40 s; full is the size that DESIGN.md section 6 speaks of.
Size: TypeAlias = Literal["small", "full"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a bench found, in the unit of its line in the table."""

    figure: float
    #: The same work by the bare library in the same run; None where there is no such thing.
    floor: float | None = None
    #: What else was found, and `size`: what ran.
    details: Mapping[str, object] = field(default_factory=dict)


class Run(Protocol):
    """What a bench's module calls `run`."""

    def __call__(self, size: Size, place: Place) -> Measured:
        """Measure and return the figure."""
        ...


class Place:
    """Where a bench runs: throw-away folders, and eyes on the memory of all that works there."""

    def __init__(self, root: Path, memory: MemorySampler) -> None:
        """Use an empty folder that is removed afterwards."""
        #: A folder of the bench's own.
        self.root = root
        self._memory = memory
        self._n_instances = 0

    def make_instance(self) -> Path:
        """Return the folder of a new instance, as `huiliu init` makes it."""
        self._n_instances += 1
        return make_instance(self.root / f"instance-{self._n_instances}").root

    @contextmanager
    def house(self, clock: Clock | None = None) -> Iterator[House]:
        """Open a new instance in this process: PostgreSQL, world, warehouse."""
        path = self.make_instance()
        with open_instance(path, clock) as house:
            self.watch(house.folder.postgres)
            yield house

    def watch(self, postgres: Path) -> None:
        """Count the memory of the PostgreSQL in this folder too; children are counted anyway."""
        self._memory.watch(postgres)


@contextmanager
def collecting_late() -> Iterator[None]:
    """Look for garbage as rarely as a worker does, until the block ends."""
    before = gc.get_threshold()
    defer_collection()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def opened_place() -> Iterator[tuple[Place, MemorySampler]]:
    """Open a place and sample memory until the block ends; the folder is removed."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="huiliu-bench-"))
        memory = stack.enter_context(MemorySampler())
        yield Place(Path(folder), memory), memory
