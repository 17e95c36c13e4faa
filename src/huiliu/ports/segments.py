"""Who is in which segment, and when time alone may change it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["News", "SegmentStore"]


@dataclass(frozen=True, slots=True)
class News:
    """An entry or exit that an applied definition caused."""

    brand_id: int
    segment: str
    profile_id: int
    #: True = enters, False = leaves.
    enters: bool
    at: int
    #: False = a later event has turned it round, and the log knows of that already.
    stands: bool


class SegmentStore(Protocol):
    """Memberships and their timers, inside one transaction."""

    def of_profiles(self, brand_id: int, profiles: Collection[int]) -> dict[int, set[str]]:
        """Return profile_id -> the segments it is in; profiles in none are left out."""
        ...

    def enter(self, brand_id: int, rows: Sequence[tuple[str, int]], at: int) -> None:
        """Add (segment, profile_id) memberships since `at`; those that exist stay as they are."""
        ...

    def leave(self, brand_id: int, rows: Sequence[tuple[str, int]]) -> None:
        """Remove (segment, profile_id) memberships."""
        ...

    def set_timers(self, brand_id: int, due: Mapping[int, int]) -> None:
        """Have profiles looked at no later than these instants; an earlier timer stays."""
        ...

    def claim_due(self, now: int, limit: int) -> list[tuple[int, int]]:
        """Take away the timers due at `now` and return them: (brand_id, profile_id)."""
        ...

    def next_due(self) -> int | None:
        """Return the instant of the earliest timer."""
        ...

    def forget(self, brand_id: int, profiles: Collection[int]) -> None:
        """Remove every membership and timer of the profiles: they were merged into others."""
        ...

    def members(
        self, brand_id: int, segment: str, limit: int, after: int | None = None
    ) -> list[tuple[int, int]]:
        """Return (profile_id, since) of members by id, those with a greater id than `after`."""
        ...

    def member_ids(self, brand_id: int, segment: str) -> set[int]:
        """Return every member of a segment."""
        ...

    def counts(self, brand_id: int) -> dict[str, int]:
        """Return segment -> number of members; segments without members are left out."""
        ...

    def keep_news(
        self, brand_id: int, segment: str, enters: Collection[int], leaves: Collection[int], at: int
    ) -> None:
        """Keep entries and exits until the log is told of them."""
        ...

    def take_news(self, limit: int) -> list[News]:
        """Take away some of what the log has not been told, and return it, by segment."""
        ...

    def keep_fill(self, brand_id: int, segment: str, at: int) -> None:
        """Keep that everybody in a new segment entered it at an instant, for the log to be told."""
        ...

    def take_filled(self, limit: int) -> tuple[int, list[News]]:
        """Take away some first members that the log has not been told of.

        Returns how much was done, 0 = nothing is left, and the entries.
        """
        ...

    def has_news(self) -> bool:
        """Say whether the log has still to be told of something."""
        ...

    def forget_segment(self, brand_id: int, segment: str) -> set[int]:
        """Remove every member of a segment and return who they were."""
        ...
