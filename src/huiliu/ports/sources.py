"""Where events and orders come from: files now, shops later."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from huiliu.kernel.errors import Problem

__all__ = ["ImportStore", "Record", "Reject", "Source"]


@dataclass(frozen=True, slots=True)
class Record:
    """One message of the Segment specification made from a source's row."""

    #: Identifies it in its source for ever: repeating the import changes nothing.
    key: str
    #: A Segment message: type, event, userId, timestamp, properties, traits ...
    message: Mapping[str, object]
    #: How far the source has been read, in the source's own unit.
    progress: int
    #: Where it stands, for the report when it is refused later; "" and 0 where it has no place.
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be used; it goes to the report and stops nothing."""

    file: str
    line: int
    problem: Problem
    progress: int


class Source(Protocol):
    """A file format or a platform that yields records."""

    @property
    def name(self) -> str:
        """The word that `huiliu import` takes."""
        ...

    def size(self, path: Path) -> int:
        """Return how much there is to read, in the unit of `progress`."""
        ...

    def read(self, path: Path, mapping: Path | None) -> Iterator[Record | Reject]:
        """Yield what the path holds, in a fixed order; raise BadInput when it cannot be read."""
        ...


class ImportStore(Protocol):
    """The imports' own ledger, inside one transaction."""

    def record(self, brand_id: int, source: str, keys: Collection[bytes]) -> set[bytes]:
        """Remember record keys (16-byte digests) for ever and return those that are new.

        Another import of the same keys waits here until this transaction ends.
        """
        ...

    def forget(self, brand_id: int, source: str, keys: Collection[bytes]) -> None:
        """Forget keys recorded in this transaction whose records turned out to be unusable."""
        ...
