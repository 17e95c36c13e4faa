"""Writes files for other tools into a folder: whole or not at all, safe in a spreadsheet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import NotFound, Unavailable
from huiliu.kernel.ids import is_slug
from huiliu.ports.exports import ExportFile
from huiliu.printers.csv import csv_rows

__all__ = ["ExportFolder"]

_PIECE: Final = 1 << 16
_MODE: Final = 0o700


class ExportFolder:
    """One folder; below it one a brand, then one a destination."""

    def __init__(self, root: Path) -> None:
        """Write below a folder, which is made when it is first needed."""
        self._root = root

    def write(
        self, brand_id: int, folder: str, name: str, header: Sequence[str],
        rows: Iterable[Sequence[object]],
    ) -> int:  # fmt: skip
        """Write a CSV file beside its place, flush it to the disk, then put it there."""
        place = self._folder(brand_id, folder)
        n_rows = 0

        def counted() -> Iterator[Sequence[object]]:
            """Count the rows as they go by."""
            nonlocal n_rows
            for row in rows:
                n_rows += 1
                yield row

        half = place / f".{name}.part"
        try:
            place.mkdir(mode=_MODE, parents=True, exist_ok=True)
            with half.open("wb") as file:
                for piece in csv_rows(header, counted()):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            half.replace(place / name)
            self._settle(place)
        except OSError as fault:
            raise Unavailable("exports", fault.strerror or str(fault)) from fault
        return n_rows

    def files(self, brand_id: int, folder: str) -> list[ExportFile]:
        """Return the files of a folder, newest first."""
        place = self._folder(brand_id, folder)
        if not place.is_dir():
            return []
        found = []
        for one in place.iterdir():
            if one.suffix == ".csv" and not one.name.startswith("."):
                about = one.stat()
                found.append(ExportFile(one.name, about.st_size, about.st_mtime_ns // 1000))
        return sorted(found, key=lambda each: each.name, reverse=True)

    def read(self, brand_id: int, folder: str, name: str) -> Iterator[bytes]:
        """Return a file piece by piece; only files that are listed can be asked for."""
        if name not in {one.name for one in self.files(brand_id, folder)}:
            raise NotFound("file", f"{folder}/{name}")
        return self._pieces(self._folder(brand_id, folder) / name)

    def _pieces(self, path: Path) -> Iterator[bytes]:
        """Yield a file piece by piece."""
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def _folder(self, brand_id: int, folder: str) -> Path:
        """Return a destination's folder."""
        if not is_slug(folder):
            raise NotFound("folder", folder)
        return self._root / str(brand_id) / folder

    def _settle(self, place: Path) -> None:
        """Let the disk keep the new name, too."""
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
