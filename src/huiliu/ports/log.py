"""The event log: append-only, positions without gaps, a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from huiliu.kernel.events import Event, NewEvent

__all__ = ["PROJECTOR", "REFUSED_PURPOSE", "LogStore", "RefusedEvent"]

#: The name of the projector's cursor: whoever holds it keeps people, facts and memberships still.
PROJECTOR = "projector"

#: What `RefusedEvent.sealed` is sealed for.
REFUSED_PURPOSE = "refused events"


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that was not accepted, kept with its reason until it expires."""

    brand_id: int
    refused_at: int
    #: The id of the write key that sent it; 0 where no key was found.
    key_id: int
    #: Catalogue key of the reason, such as `collect.too_large`.
    reason: str
    #: Where in the event, and what was found there, free of personal values.
    path: str
    details: str
    #: The raw event, sealed with the instance key; at most 32 KB of it.
    sealed: bytes


class LogStore(Protocol):
    """The log and its consumers' cursors, inside one transaction."""

    def append(self, events: Sequence[NewEvent], partition: int = 0) -> int:
        """Append the events that are new and return how many were; repeats are left out.

        The positions are given under the partition's lock, which is held until commit, so a
        reader never skips a late commit: append last in a transaction.
        """
        ...

    def read(self, partition: int, after: int, limit: int) -> list[Event]:
        """Return up to `limit` events with offset >= `after`, in order."""
        ...

    def head(self, partition: int = 0) -> int:
        """Return the offset that the next event will get."""
        ...

    def has_news(self, after: int, partition: int = 0) -> bool:
        """Say whether anything but Huiliu's own reports on messages stands at `after` or later."""
        ...

    def cursor(self, consumer: str, partition: int = 0) -> int:
        """Return the next offset that a consumer will read, locking its row to the end."""
        ...

    def peek_cursor(self, consumer: str, partition: int = 0) -> int:
        """Return the next offset that a consumer will read, without a lock."""
        ...

    def move_cursor(self, consumer: str, to: int, partition: int = 0) -> None:
        """Set the next offset of a consumer."""
        ...

    def record_profiles(self, partition: int, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Write which profile each event came with: (offset, received_at, brand_id, profile_id)."""
        ...

    def read_profiles(self, partition: int, first: int, last: int) -> dict[int, int]:
        """Return offset -> profile_id for offsets in [first, last]."""
        ...

    def refuse(self, events: Sequence[RefusedEvent]) -> None:
        """Keep refused events with their reasons."""
        ...

    def refused(self, brand_id: int, limit: int, before: int | None = None) -> list[RefusedEvent]:
        """Return refused events, newest first, older than the instant `before`."""
        ...
