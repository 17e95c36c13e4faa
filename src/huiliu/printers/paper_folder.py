"""Keeps printed papers in a folder: whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_hex
from typing import Final

from huiliu.kernel.errors import NotFound, Unavailable

__all__ = ["PaperFolder"]

_MODE: Final = 0o700
_NAME: Final = re.compile(r"\d{4}Q[1-4]\.[A-Za-z-]{2,8}\.\d{1,9}\.(?:pdf|json)")


class PaperFolder:
    """One folder; below it one a brand."""

    def __init__(self, root: Path) -> None:
        """Keep files below a folder, which is made when it is first needed."""
        self._root = root

    def keep(self, brand_id: int, name: str, data: bytes) -> None:
        """Write a file beside its place, flush it to the disk, then put it there."""
        path = self._path(brand_id, name)
        half = path.with_name(f".{token_hex(8)}.part")
        try:
            path.parent.mkdir(mode=_MODE, parents=True, exist_ok=True)
            with half.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
            place = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(place)
            finally:
                os.close(place)
        except OSError as fault:
            raise Unavailable("archive", fault.strerror or str(fault)) from fault

    def read(self, brand_id: int, name: str) -> bytes:
        """Return a file; raise NotFound."""
        try:
            return self._path(brand_id, name).read_bytes()
        except FileNotFoundError as fault:
            raise NotFound("white paper", name) from fault

    def _path(self, brand_id: int, name: str) -> Path:
        """Return where a file lies; raise NotFound for a name that is none of ours."""
        if not _NAME.fullmatch(name):
            raise NotFound("white paper", name[:80])
        return self._root / str(brand_id) / name
