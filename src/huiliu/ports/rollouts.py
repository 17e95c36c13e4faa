"""How far roll-outs have come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["Move", "ReadingRow", "RolloutRow", "RolloutStore"]


class ReadingRow(msgspec.Struct, frozen=True):
    """What one gate showed."""

    metric: str
    #: at_least or at_most.
    bound: str
    limit: float
    #: None = there was nothing to count.
    value: float | None
    n: int
    #: passed, failed or unclear.
    verdict: str


class RolloutRow(msgspec.Struct, frozen=True):
    """How far one roll-out has come."""

    brand_id: int
    slug: str
    #: checking (gate 0), running, held or done.
    state: str
    tier: int
    #: Of the audience; 0 = gate 0.
    percent: float
    #: When this stage began.
    since: int
    #: When its gates are looked at next.
    due_at: int
    #: When they were looked at last; 0 = never.
    looked_at: int = 0
    readings: tuple[ReadingRow, ...] = ()
    #: Why they could not be read; "" = they could.
    fault: str = ""
    #: When somebody was asked to look; 0 = nobody was.
    told_at: int = 0


class Move(msgspec.Struct, frozen=True):
    """One thing that became of a roll-out."""

    brand_id: int
    slug: str
    at: int
    #: began, passed, held, resumed, set or done.
    what: str
    tier: int
    percent: float
    #: "" = Huiliu itself.
    by: str
    note: str = ""
    readings: tuple[ReadingRow, ...] = ()


class RolloutStore(Protocol):
    """Roll-outs, inside one transaction."""

    def all(self, brand_id: int) -> Mapping[str, RolloutRow]:
        """Return slug -> how far each has come."""
        ...

    def begin(self, rows: Sequence[RolloutRow]) -> Sequence[str]:
        """Begin roll-outs; one that has begun stays as it is. Return those that are new."""
        ...

    def adoptable(self) -> Sequence[tuple[int, str]]:
        """Return (brand_id, slug) of the documents in use whose roll-out has not begun."""
        ...

    def claim(self, now: int, until: int) -> RolloutRow | None:
        """Return one that is due, and nobody else's until an instant; None = none is due."""
        ...

    def lock(self, brand_id: int, slug: str) -> RolloutRow | None:
        """Lock one and return it; None = it has not begun."""
        ...

    def put(self, row: RolloutRow) -> None:
        """Write one that this transaction holds."""
        ...

    def forget(self, brand_id: int, slug: str) -> None:
        """Forget how far one has come; published again, it begins anew."""
        ...

    def note(self, move: Move) -> None:
        """Write down what became of one."""
        ...

    def moves(self, brand_id: int, slug: str, limit: int) -> Sequence[Move]:
        """Return what became of one, the latest first."""
        ...

    def wake(self, brand_id: int, journeys: Collection[str], now: int) -> int:
        """Let the messages of journeys that waited to be rolled out be judged now; say how many."""
        ...
