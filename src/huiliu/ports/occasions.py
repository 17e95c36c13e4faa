"""Times at which schedules let people in, their audiences, and what operators ask of a journey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["Chunk", "OccasionRow", "OccasionStore", "Sweep"]


class OccasionRow(msgspec.Struct, frozen=True, gc=False):
    """One time of one journey's schedule, for the people of some zones."""

    brand_id: int
    journey: str
    #: The same for everybody, whatever their zone: the key of the runs.
    occasion: str
    at: int
    version: int
    #: Empty = everybody.
    zones: tuple[str, ...]
    #: due, filling, filled, missed or stopped.
    state: str
    #: Of one that was missed: who would have been let in, where they were counted.
    n_audience: int = 0
    n_entered: int = 0
    #: Chunks that are still to be let in.
    n_chunks: int = 0
    begun_at: int = 0
    ended_at: int = 0


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Some people of an occasion's audience who are to be let in together."""

    occasion: OccasionRow
    nth: int
    not_before: int
    #: By id.
    profiles: list[int]


class Sweep(msgspec.Struct, frozen=True, gc=False):
    """What is to be done to all runs and queued messages that a journey had at an instant."""

    brand_id: int
    journey: str
    #: stop, pause or resume.
    what: str
    at: int


class OccasionStore(Protocol):
    """Occasions, chunks and sweeps, inside one transaction."""

    def look(self, brand_id: int, journey: str, first: int) -> int:
        """Return how far a schedule was looked at, locked; `first` where it never was."""
        ...

    def looked(self, brand_id: int, journey: str, at: int) -> None:
        """Say that a schedule was looked at up to an instant; it never goes back."""
        ...

    def begin_at(self, brand_id: int, journey: str, at: int) -> None:
        """Say from where a schedule is looked at, unless it was already."""
        ...

    def plan(self, rows: Sequence[OccasionRow]) -> int:
        """Write occasions; one that is there changes nothing. Return how many are new."""
        ...

    def take_due(self, now: int) -> OccasionRow | None:
        """Lock one occasion of a live journey that is due and has no audience yet."""
        ...

    def fill(
        self, occasion: OccasionRow, chunks: Sequence[tuple[int, Sequence[int]]], at: int
    ) -> None:
        """Write the audience as (not before, profiles) and let the filling begin."""
        ...

    def miss(self, occasion: OccasionRow, n_audience: int, at: int) -> None:
        """Let nobody in by an occasion that comes too late, and say how many that are."""
        ...

    def segment_members(self, brand_id: int, segment: str) -> list[int]:
        """Return who is in a live segment, by id."""
        ...

    def in_zones(
        self, brand_id: int, profiles: Sequence[int], zones: Sequence[str], home: str
    ) -> list[int]:
        """Return those of the profiles whose zone is one of these; `home` where it is none."""
        ...

    def take_chunk(self, now: int) -> Chunk | None:
        """Lock the first chunk of a live journey that may be let in; skips those locked."""
        ...

    def drop_chunk(self, chunk: Chunk, n_entered: int, at: int) -> None:
        """Say that a chunk was let in: the last one ends its occasion."""
        ...

    def of_journey(self, brand_id: int, journey: str, limit: int) -> list[OccasionRow]:
        """Return the occasions of a journey, latest first."""
        ...

    def between(self, brand_id: int, first: int, past: int) -> list[OccasionRow]:
        """Return every occasion at instants in [first, past), oldest first."""
        ...

    def stop(self, brand_id: int, journey: str, at: int) -> int:
        """Let nobody in any more by occasions that have begun; return how many were to come."""
        ...

    def ask(self, sweep: Sweep) -> None:
        """Ask for a sweep; a pause and a resume replace each other."""
        ...

    def next_sweep(self) -> Sweep | None:
        """Lock one sweep that is asked for; skips those locked."""
        ...

    def swept(self, sweep: Sweep) -> None:
        """Say that a sweep is done."""
        ...

    def stops(self, brand_id: int) -> dict[str, int]:
        """Return journey -> when it was stopped, of those whose sweep is not done."""
        ...
