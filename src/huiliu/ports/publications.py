"""What went live and by whom, and the moving of people in flight from version to version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from huiliu.ports.runs import RunRow, TokenRow

__all__ = ["Publication", "PublicationStore", "Standing"]


@dataclass(frozen=True, slots=True)
class Publication:
    """One document that went live."""

    brand_id: int
    at: int
    by: str
    #: journey, segment, template, tag or test.
    kind: str
    slug: str
    version: int
    #: The newest version before it; 0 = there was none.
    from_version: int
    #: pin, migrate or drain.
    in_flight: str = "pin"
    #: JSON: how nodes of older versions map to those of this one.
    moves: str = "[]"
    #: People in older versions when it went live.
    n_in_flight: int = 0
    n_moved: int = 0
    n_exited: int = 0
    #: done; moving while people are carried over; draining while older versions run empty.
    state: str = "done"
    #: Given by the store.
    publication_id: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How many runs of one version stand at one node."""

    version: int
    node: str
    n_runs: int


class PublicationStore(Protocol):
    """Publications and the runs that they concern, inside one transaction."""

    def record(self, publication: Publication) -> int:
        """Write a publication down; return its id."""
        ...

    def of(self, brand_id: int, kind: str, slug: str, limit: int) -> list[Publication]:
        """Return what went live under a name, newest first; every kind and name when empty."""
        ...

    def claim_open(self, state: str, limit: int) -> list[Publication]:
        """Lock and return publications of any brand that are moving, or draining, oldest first.

        Those that are being worked on elsewhere are left out.
        """
        ...

    def open_for(self, brand_id: int, slug: str) -> list[Publication]:
        """Return a journey's publications that are not done, oldest first."""
        ...

    def update(self, publication: Publication) -> None:
        """Write how far a publication has come: numbers and state."""
        ...

    def supersede(self, brand_id: int, slug: str) -> None:
        """End the moving to an older version: a newer one takes everybody over."""
        ...

    def standing(self, brand_id: int, journey: str) -> list[Standing]:
        """Return where the active runs of a journey stand, by version and node."""
        ...

    def sample(self, brand_id: int, journey: str, limit: int) -> list[tuple[RunRow, TokenRow]]:
        """Return active runs with their tokens, a fair choice of so many."""
        ...

    def claim_standing(
        self, brand_id: int, journey: str, places: Collection[tuple[int, str]], limit: int
    ) -> list[tuple[RunRow, TokenRow]]:
        """Lock and return active runs at (version, node); those locked elsewhere are left out."""
        ...

    def repin(self, brand_id: int, runs: Sequence[bytes], version: int) -> None:
        """Pin runs, whose tokens are locked, to another version."""
        ...

    def n_older(self, brand_id: int, journey: str, version: int, besides: str) -> int:
        """Return how many active runs are in versions before one, those at a node left out."""
        ...
