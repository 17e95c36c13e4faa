"""How experiments stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec

__all__ = ["BatchRow", "ExperimentMove", "ExperimentRow", "ExperimentStore"]


class ExperimentRow(msgspec.Struct, frozen=True):
    """How one experiment stands."""

    brand_id: int
    slug: str
    #: waiting, running, ended or rolled_out.
    state: str
    #: 0 = not yet.
    began_at: int
    ended_at: int
    #: By which shares people are let in now, and since when.
    batch: int
    batch_at: int
    #: Arm -> share, the control first.
    shares: dict[str, float]
    #: The arm that was found better; "" = none.
    winner: str
    #: When it is looked at next.
    due_at: int
    #: When it was looked at last; 0 = never.
    looked_at: int = 0
    #: Why it could not be read; "" = it could.
    fault: str = ""
    #: What was seen at the one look that was planned, as data; None = it has not come.
    planned: list[dict[str, Any]] | None = None
    #: What people were told of: srm, decided ...
    told: tuple[str, ...] = ()


class BatchRow(msgspec.Struct, frozen=True):
    """By which shares people were let in from an instant on."""

    brand_id: int
    slug: str
    batch: int
    at: int
    shares: dict[str, float]
    #: Arm -> (successes, people) that they rest on.
    counts: dict[str, tuple[int, int]]
    seed: int


class ExperimentMove(msgspec.Struct, frozen=True):
    """One thing that became of an experiment."""

    brand_id: int
    slug: str
    at: int
    #: started, stopped, planned, decided, rolled_out, srm or removed.
    what: str
    #: "" = Huiliu itself.
    by: str
    note: str = ""


class ExperimentStore(Protocol):
    """Experiments, inside one transaction."""

    def all(self, brand_id: int) -> Mapping[str, ExperimentRow]:
        """Return slug -> how each stands."""
        ...

    def shared(self, brand_id: int, slugs: Collection[str]) -> Mapping[str, ExperimentRow]:
        """Return how some stand, and keep them so until this transaction ends."""
        ...

    def begin(self, row: ExperimentRow) -> bool:
        """Write one that was published; one that is there stays. Say whether it is new."""
        ...

    def claim(self, now: int, until: int) -> ExperimentRow | None:
        """Return one that is due, and nobody else's until an instant; None = none is due."""
        ...

    def lock(self, brand_id: int, slug: str) -> ExperimentRow | None:
        """Lock one and return it; None = it was never published."""
        ...

    def put(self, row: ExperimentRow) -> None:
        """Write one that this transaction holds."""
        ...

    def forget(self, brand_id: int, slug: str) -> None:
        """Forget how one stands; its moves stay."""
        ...

    def add_batch(self, row: BatchRow) -> None:
        """Write by which shares people are let in from now on."""
        ...

    def batches(self, brand_id: int, slug: str, since: int) -> Sequence[BatchRow]:
        """Return the batches that began at an instant or later, the first one first."""
        ...

    def note(self, move: ExperimentMove) -> None:
        """Write down what became of one."""
        ...

    def moves(self, brand_id: int, slug: str, limit: int) -> Sequence[ExperimentMove]:
        """Return what became of one, the latest first."""
        ...
