"""The channel guard: what it read, what went wrong, and what is not sent because of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = [
    "DayRow",
    "GuardStore",
    "IncidentMove",
    "IncidentRow",
    "LookRow",
    "PauseRow",
    "ReadingRow",
    "SuspectRow",
]


class DayRow(msgspec.Struct, frozen=True):
    """One day of a series."""

    #: Days since 1970 by the brand's clocks.
    day: int
    #: What was looked at, as far as it had time to show, and what of it was seen.
    n: float
    seen: float
    #: What was to be expected of it; None = nothing was usual yet.
    expected: float | None


class ReadingRow(msgspec.Struct, frozen=True):
    """What one series showed when it was read last."""

    #: channel, campaign, ads or visits.
    kind: str
    metric: str
    channel: str
    campaign: str
    #: ok, watch, pause, common, or unknown: too few days.
    verdict: str
    #: Of the last day.
    n: float
    seen: float
    expected: float | None
    #: The usual rate, and things a day; 0 = nothing is usual yet.
    usual: float
    daily: float
    #: Days in which this traffic tells a fall of the threshold from noise; None = not in a year.
    days_to_tell: float | None
    days: int


class LookRow(msgspec.Struct, frozen=True):
    """When one document of the guard was read, and what was seen."""

    brand_id: int
    slug: str
    due_at: int
    looked_at: int = 0
    fault: str = ""
    blind_since: int = 0
    readings: tuple[ReadingRow, ...] = ()


class SuspectRow(msgspec.Struct, frozen=True):
    """One explanation of a fall."""

    step: str
    where: dict[str, str]
    score: float
    expected: float
    seen: float
    #: Which part of what is missing is missing here.
    share: float


class IncidentRow(msgspec.Struct, frozen=True):
    """What the guard saw go wrong."""

    brand_id: int
    #: 0 = it has none yet.
    incident_id: int
    guard: str
    #: measurement, channel, campaign, ads or visits.
    kind: str
    metric: str
    #: "" = all of them.
    channel: str
    #: A journey, or account/campaign of ads; "" = all.
    campaign: str
    #: open, paused, ramping, resolved or overridden.
    state: str
    opened_at: int
    #: When the fall began.
    since: int
    changed_at: int
    #: 0 = it is not over.
    closed_at: int = 0
    #: Of the fall: what was looked at, what was seen and what was to be expected.
    n: float = 0.0
    seen: float = 0.0
    expected: float = 0.0
    #: The rate before, of what is paused where something is, and what was seen that tells it.
    usual: float = 0.0
    basis: float = 0.0
    dispersion: float = 1.0
    evidence: tuple[DayRow, ...] = ()
    suspects: tuple[SuspectRow, ...] = ()

    @property
    def is_over(self) -> bool:
        """Say whether it was closed."""
        return self.closed_at > 0

    @property
    def change(self) -> float:
        """Return how far below what was expected it fell: -0.2 = a fifth."""
        return self.seen / self.expected - 1 if self.expected else 0.0


class IncidentMove(msgspec.Struct, frozen=True):
    """One thing that became of an incident."""

    at: int
    what: str
    #: "" = Huiliu itself.
    by: str = ""
    note: str = ""


class PauseRow(msgspec.Struct, frozen=True):
    """What is not sent because of an incident."""

    brand_id: int
    #: 0 = it has none yet.
    pause_id: int
    incident_id: int
    #: messages or ads.
    kind: str
    #: Dimension -> value; all of them must hold.
    scope: Mapping[str, str]
    #: So long a message waits at most; 0 = not at all.
    wait: int
    #: Of the people who get messages all the same.
    percent: float
    since: int
    changed_at: int
    ended_at: int = 0
    control_id: bytes = b""


class GuardStore(Protocol):
    """The channel guard, inside one transaction."""

    def adopt(self, now: int) -> None:
        """Begin to read the documents in use that were not read yet; forget those that went."""
        ...

    def claim(self, now: int, until: int) -> LookRow | None:
        """Return a document that is due, nobody else's until an instant; None = none is."""
        ...

    def looks(self, brand_id: int) -> Sequence[LookRow]:
        """Return what was seen by each document of a brand."""
        ...

    def look(self, brand_id: int, slug: str) -> LookRow | None:
        """Lock what was seen by one document and return it; None = it was never read."""
        ...

    def put_look(self, row: LookRow) -> None:
        """Write what was seen."""
        ...

    def incidents(
        self, brand_id: int, first: int = 0, past: int = 0, *, is_open: bool = False,
        limit: int = 200,
    ) -> Sequence[IncidentRow]:  # fmt: skip
        """Return incidents that were open at some time from `first` to before `past`, newest first.

        Args:
            brand_id: whose.
            first: instant.
            past: instant; 0 = without end.
            is_open: only those that are not over.
            limit: how many at most.
        """
        ...

    def incident(self, brand_id: int, incident_id: int) -> IncidentRow:
        """Lock one incident and return it; raise NotFound."""
        ...

    def recent(self, brand_id: int, guard: str, since: int) -> Sequence[IncidentRow]:
        """Return a document's incidents that are not over or were closed since, newest first."""
        ...

    def open_incident(self, row: IncidentRow) -> int:
        """Store a new incident and return its number; 0 = the same is open already."""
        ...

    def put_incident(self, row: IncidentRow) -> None:
        """Write an incident that this transaction holds."""
        ...

    def note(self, brand_id: int, incident_id: int, move: IncidentMove) -> None:
        """Write down what became of an incident."""
        ...

    def moves(self, brand_id: int, incident_id: int) -> Sequence[IncidentMove]:
        """Return what became of an incident, oldest first."""
        ...

    def pauses(self, brand_id: int) -> Sequence[PauseRow]:
        """Return what stands paused in a brand."""
        ...

    def pauses_of(self, brand_id: int, incident_id: int) -> Sequence[PauseRow]:
        """Return all that was paused because of an incident, those ended too."""
        ...

    def put_pause(self, row: PauseRow) -> int:
        """Store a pause, or what became of one; return its number."""
        ...

    def wake(self, brand_id: int, now: int) -> int:
        """Let messages that the guard held be judged now; return how many."""
        ...

    def n_waiting(self, brand_id: int) -> int:
        """Return how many messages the guard holds."""
        ...
