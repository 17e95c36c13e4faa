"""Destinations and how far each has come; what a receiver did not take; what it was last told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import msgspec

from huiliu.forwarding.destination import Destination
from huiliu.forwarding.items import Item

__all__ = ["Backlog", "DestinationRow", "DestinationStore", "Parked"]


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """One destination and how it fares; secrets are unsealed here and never shown."""

    brand_id: int
    settings: Destination
    #: live or paused.
    state: str
    #: Why Huiliu paused it; "" = somebody did.
    reason: str
    created_at: int
    changed_at: int
    #: Everything of the log below was handed over, parked or not wanted.
    next_offset: int
    started_offset: int
    #: Tag -> (set at, profile): changes up to there were handed over.
    tag_cursors: Mapping[str, tuple[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    due_at: int = 0
    tags_due_at: int = 0
    failing_since: int | None = None
    n_failures: int = 0
    last_error: str = ""
    last_error_at: int | None = None
    last_ok_at: int | None = None
    n_sent: int = 0
    #: The day (UTC, since 1970) on which it was last written down that personal values left.
    revealed_on: int = 0

    @property
    def name(self) -> str:
        """Return its name."""
        return self.settings.name


class Parked(msgspec.Struct, frozen=True):
    """One fact that a receiver did not take."""

    item_id: bytes
    #: The order in which facts were to go.
    seq: int
    #: The present profile.
    profile_id: int
    item: Item
    #: waiting or dead.
    state: str
    first_at: int
    due_at: int
    n_tries: int
    #: 0 = there was no answer.
    last_status: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to go."""

    #: Events of the log of all brands that were not looked at yet.
    n_events: int
    n_waiting: int
    n_dead: int
    #: When the oldest of the log's was received; None = there is none.
    oldest_at: int | None


class DestinationStore(Protocol):
    """Destinations, inside one transaction."""

    def put(self, row: DestinationRow) -> None:
        """Store or replace one with all that is known of it."""
        ...

    def get(self, brand_id: int, name: str) -> DestinationRow:
        """Return one; raise NotFound."""
        ...

    def lock(self, brand_id: int, name: str) -> DestinationRow:
        """Return one and keep others from changing it until the end; raise NotFound."""
        ...

    def all(self, brand_id: int | None = None) -> list[DestinationRow]:
        """Return those of a brand, or of all, by name."""
        ...

    def remove(self, brand_id: int, name: str) -> None:
        """Forget one with all that waits for it; raise NotFound."""
        ...

    def take_due(self, now: int, projected: int) -> DestinationRow | None:
        """Return one that has something to do, kept from other processes until the end."""
        ...

    def is_alone(self, brand_id: int, name: str) -> bool:
        """Keep other processes from serving one until the end; False = another one does."""
        ...

    def served(self, brand_id: int, name: str, at: int) -> None:
        """Write when one was served: whoever was served longest ago is next."""
        ...

    def backlog(self, row: DestinationRow, projected: int) -> Backlog:
        """Return what is still to go."""
        ...

    def due_items(self, brand_id: int, name: str, now: int, limit: int) -> list[Parked]:
        """Return parked facts that are due, of each person only those without an earlier one."""
        ...

    def busy(self, brand_id: int, name: str, profiles: Collection[int]) -> set[int]:
        """Return which of the people have something parked."""
        ...

    def park(self, brand_id: int, name: str, items: Sequence[Parked]) -> None:
        """Keep facts for later; one that is parked already stays as it was, but for its try."""
        ...

    def unpark(self, brand_id: int, name: str, ids: Collection[bytes]) -> None:
        """Forget parked facts."""
        ...

    def parked(self, brand_id: int, name: str, state: str, limit: int) -> list[Parked]:
        """Return parked facts in one state, oldest first."""
        ...

    def revive(self, brand_id: int, name: str, now: int) -> int:
        """Let the dead wait again from now on; return how many."""
        ...

    def told(self, brand_id: int, name: str, profiles: Collection[int]) -> dict[int, bytes]:
        """Return what was last told of people, as it was kept."""
        ...

    def keep_told(self, brand_id: int, name: str, told: Mapping[int, bytes]) -> None:
        """Keep what was told of people."""
        ...

    def forget_told(self, brand_id: int, name: str, profiles: Collection[int] | None) -> None:
        """Forget what was told of some people, or of all."""
        ...

    def offset_at(self, instant: int) -> int:
        """Return the log's first offset that was received at an instant or later."""
        ...
