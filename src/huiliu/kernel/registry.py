"""A room's table of plug-ins: one line each, reached through the table only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

__all__ = ["Named", "Registry"]


class Named(Protocol):
    """Anything that a table can hold."""

    @property
    def name(self) -> str:
        """The word by which documents and commands ask for it."""
        ...


N = TypeVar("N", bound=Named)


class Registry(Mapping[str, N]):
    """A read-only table from name to plug-in that refuses two of one name."""

    def __init__(self, entries: Iterable[N]) -> None:
        """Hold the entries in the order given."""
        self._entries: dict[str, N] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise ValueError(f"{entry.name!r} stands twice in the table")
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> N:
        """Return the plug-in of that name."""
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        """Go over the names in the table's order."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many plug-ins there are."""
        return len(self._entries)
