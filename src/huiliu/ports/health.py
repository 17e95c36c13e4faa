"""How the instance fares: what /metrics and `huiliu doctor` read, and what loops say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Beat", "Health", "HealthStore"]


@dataclass(frozen=True, slots=True)
class Beat:
    """What one loop of a worker says of itself, every few seconds."""

    #: Host and process: two workers are told apart.
    process: str
    loop: str
    at: int
    #: Things done and batches failed since the process began.
    n_done: int
    n_failed: int
    #: The kind of the last failure, or "" when the last batch went well.
    fault: str


@dataclass(frozen=True, slots=True)
class Health:
    """Counts that show where work piles up."""

    #: The offset that the next event will get = events ever accepted.
    head: int
    #: Consumer -> next offset it will read.
    cursors: Mapping[str, int]
    #: How long the oldest due token has waited, in microseconds.
    token_lateness: int
    #: Channel -> messages queued or being sent.
    outbox: Mapping[str, int]
    #: (channel, account, outcome) -> attempts of the last five minutes.
    results: Mapping[tuple[str, str, str], int]
    beats: Sequence[Beat]


class HealthStore(Protocol):
    """The instance's own state, inside one transaction that carries every brand."""

    def read(self, now: int) -> Health:
        """Return how the instance fares at `now`."""
        ...

    def beat(self, beats: Sequence[Beat]) -> None:
        """Replace what these loops said of themselves; forget processes gone for an hour."""
        ...
