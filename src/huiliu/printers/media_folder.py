"""Keeps the files that people send in a folder, sealed, under names that tell nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Final

from huiliu.kernel.errors import NotFound, Unavailable
from huiliu.ports.media import Cleaned
from huiliu.printers.pictures import clean_photo
from huiliu.printers.share_card import draw_card
from huiliu.printers.videos import clean_video, is_video

__all__ = ["MediaFolder"]

_MODE: Final = 0o700
_NAME: Final = re.compile(r"[0-9a-f]{32}")


class MediaFolder:
    """One folder; below it one a brand, then one for each first two letters of the names."""

    def __init__(self, root: Path) -> None:
        """Keep files below a folder, which is made when it is first needed."""
        self._root = root

    def clean(self, data: bytes, video_seconds: int) -> Cleaned:
        """Return a file written anew; raise BadInput, or Unavailable for a video without `av`."""
        return clean_video(data, video_seconds) if is_video(data) else clean_photo(data)

    def card(self, still: bytes, words: Mapping[str, str], url: str) -> bytes:
        """Return the PNG of a share card."""
        return draw_card(still, words, url)

    def write(self, brand_id: int, name: str, sealed: bytes) -> None:
        """Write a file beside its place, flush it to the disk, then put it there."""
        path = self._path(brand_id, name)
        # A name of its own, for the same file may come twice at once; one that is left behind is
        # a file that nobody names, and goes with those.
        half = path.with_name(name[:2] + token_hex(15))
        try:
            path.parent.mkdir(mode=_MODE, parents=True, exist_ok=True)
            with half.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
            self._settle(path.parent)
        except OSError as fault:
            raise Unavailable("media", fault.strerror or str(fault)) from fault

    def read(self, brand_id: int, name: str) -> bytes:
        """Return a file; raise NotFound."""
        try:
            return self._path(brand_id, name).read_bytes()
        except FileNotFoundError as fault:
            raise NotFound("file", name[:80]) from fault

    def remove(self, brand_id: int, names: Sequence[str]) -> None:
        """Remove files; those that are gone are gone."""
        for name in names:
            self._path(brand_id, name).unlink(missing_ok=True)

    def names(self, brand_id: int, before: int) -> list[str]:
        """Return the files that were written before an instant."""
        folder = self._root / str(brand_id)
        if not folder.is_dir():
            return []
        return sorted(
            one.name
            for one in folder.glob("*/*")
            if _NAME.fullmatch(one.name) and one.stat().st_mtime_ns // 1000 < before
        )

    def _path(self, brand_id: int, name: str) -> Path:
        """Return where a file lies; raise NotFound for a name that is none of ours."""
        if not _NAME.fullmatch(name):
            raise NotFound("file", name[:80])
        return self._root / str(brand_id) / name[:2] / name

    def _settle(self, place: Path) -> None:
        """Let the disk keep the new name, too."""
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
