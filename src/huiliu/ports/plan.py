"""The tracking plan: every event and property seen, for pickers and lint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["PlanEntry", "PlanStore"]


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What has been seen of one property of one event; `property` "" is the event itself."""

    brand_id: int
    event: str
    property: str
    #: string, number, boolean, date, list, object or null: the type most seen.
    type: str
    first_at: int
    last_at: int
    n_seen: int
    #: How often another type was found than the plan's.
    n_violations: int


class PlanStore(Protocol):
    """The tracking plan, inside one transaction."""

    def observe(self, entries: Sequence[PlanEntry]) -> None:
        """Add sightings: counts are added, times widened."""
        ...

    def entries(self, brand_id: int) -> list[PlanEntry]:
        """Return all entries by event and property."""
        ...
