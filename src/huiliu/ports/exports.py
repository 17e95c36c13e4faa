"""The folder that files for other tools are written into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from huiliu.kernel.errors import NotFound

__all__ = ["NO_EXPORTS", "ExportFile", "Exports", "NoExports"]


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file that was written."""

    name: str
    n_bytes: int
    #: Microseconds.
    written_at: int


class Exports(Protocol):
    """Files of destinations, each in a folder of its own."""

    def write(
        self, brand_id: int, folder: str, name: str, header: Sequence[str],
        rows: Iterable[Sequence[object]],
    ) -> int:  # fmt: skip
        """Write a CSV file, whole or not at all, over one of the same name; return its rows."""
        ...

    def files(self, brand_id: int, folder: str) -> list[ExportFile]:
        """Return the files of a folder, newest first."""
        ...

    def read(self, brand_id: int, folder: str, name: str) -> Iterator[bytes]:
        """Return a file piece by piece; raise NotFound."""
        ...


class NoExports:
    """No folder: a world that writes no files."""

    def write(
        self, brand_id: int, folder: str, name: str, header: Sequence[str],
        rows: Iterable[Sequence[object]],
    ) -> int:  # fmt: skip
        """Refuse."""
        del brand_id, header, rows
        raise NotFound("folder", f"{folder}/{name}")

    def files(self, brand_id: int, folder: str) -> list[ExportFile]:
        """Find none."""
        del brand_id, folder
        return []

    def read(self, brand_id: int, folder: str, name: str) -> Iterator[bytes]:
        """Find none."""
        del brand_id
        raise NotFound("file", f"{folder}/{name}")


NO_EXPORTS: Final = NoExports()
