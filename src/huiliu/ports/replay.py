"""The log in the order of replay time: what virtual time and backtests run over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

__all__ = ["ReplayStore", "Replayed"]


class Replayed(NamedTuple):
    """One event of the log, at the moment when virtual time meets it."""

    #: Its own time if it is historical, else the time of receipt.
    replay_at: int
    #: Breaks ties.
    position: int
    #: The present profile.
    profile_id: int
    #: As it was sent; synonyms are not yet understood.
    name: str
    #: A number of `Kind`.
    kind: int
    occurred_at: int
    body: bytes


class ReplayStore(Protocol):
    """Reads the log by replay time, inside one transaction."""

    def events(
        self, brand_id: int, names: Collection[str], kinds: Collection[int], until: int
    ) -> Iterator[Replayed]:
        """Yield the projected events of these names or kinds, by (replay_at, position).

        Args:
            brand_id: whose events.
            names: as they were sent.
            kinds: numbers of `Kind`, in addition to the names.
            until: only events that virtual time meets before this instant.
        """
        ...
