"""The log in the order of replay time: what virtual time and backtests run over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import ibis

__all__ = ["Past", "ReplayStore", "Replayed"]


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


@dataclass(frozen=True, slots=True)
class Past:
    """Facts with the moment at which virtual time meets each, as unbound tables of one brand.

    `profile_id` is the present profile; `replay_at` and `occurred_at` are timestamps, `position`
    is an int64, JSON stands as text.
    """

    #: profile_id, replay_at: when each person was first seen.
    people: ibis.Table
    #: profile_id, replay_at, position, name (canonical), kind, occurred_at, value (properties).
    events: ibis.Table
    #: profile_id, replay_at, position, name (of the trait), occurred_at, value; null = removed.
    traits: ibis.Table
    #: profile_id, replay_at, name (word of the type), value (keyed hash in hexadecimal).
    identifiers: ibis.Table
    #: profile_id, replay_at, name (of the tag), value (or null), expires_at (timestamp or null).
    tags: ibis.Table
    #: replay_at, position, value (keyed hash), suppressed: what was put on the list or taken off.
    suppressions: ibis.Table
    #: journey, run_id (hexadecimal) of every run that there was.
    runs: ibis.Table
