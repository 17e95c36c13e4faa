"""Which files hold the facts of a warehouse that has no file of its own, and how far they reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["FactFile", "ManifestStore"]


@dataclass(frozen=True, slots=True)
class FactFile:
    """One file of facts; it is written once and never changed."""

    file_id: int
    #: The table whose rows it holds.
    fact: str
    #: Below the warehouse's folder.
    path: str
    n_rows: int
    n_bytes: int


class ManifestStore(Protocol):
    """The list of files that count, in the same transaction as how far they reach."""

    def lock(self) -> None:
        """Keep other writers away until this transaction ends."""
        ...

    def reached(self) -> dict[str, int]:
        """Return how far each thing has been followed."""
        ...

    def move(self, reached: Mapping[str, int]) -> None:
        """Write how far things have been followed."""
        ...

    def take_ids(self, n: int) -> list[int]:
        """Return ids for new files that no file ever had or will have."""
        ...

    def files(self) -> Sequence[FactFile]:
        """Return the files that count, oldest first."""
        ...

    def version(self) -> int:
        """Return a number that grows whenever the files that count change."""
        ...

    def add(self, files: Collection[FactFile]) -> None:
        """Let files count from now on."""
        ...

    def retire(self, file_ids: Collection[int]) -> int:
        """Let files count no more; return how many counted until now."""
        ...

    def forget_retired(self, age: int) -> list[str]:
        """Forget files that were retired so many microseconds ago; return their paths."""
        ...

    def known_paths(self) -> set[str]:
        """Return the paths of all files, retired ones among them."""
        ...
