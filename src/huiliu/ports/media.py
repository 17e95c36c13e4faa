"""Photos and videos that people send: made harmless, kept sealed outside the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from huiliu.kernel.errors import NotFound, Unavailable

__all__ = ["NO_MEDIA", "Cleaned", "Media", "NoMedia"]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file as it is kept: written anew, so that nothing is in it but what can be seen."""

    #: photo or video.
    kind: str
    #: As browsers are told.
    media_type: str
    data: bytes
    width: int
    height: int
    #: 0 of a photo.
    seconds: float = 0.0
    #: JPEG of a video's first picture; of a photo it is the photo.
    still: bytes = b""


class Media(Protocol):
    """Makes files harmless and keeps them, each under a name that tells nothing."""

    def clean(self, data: bytes, video_seconds: int) -> Cleaned:
        """Return a file written anew, without what it says of camera, place and time.

        Raises:
            BadInput: it is none that is taken, or too large, too long, or broken.
            Unavailable: this instance takes no videos.
        """
        ...

    def card(self, still: bytes, words: Mapping[str, str], url: str) -> bytes:
        """Return the PNG of a share card: a picture, a few words, the code of an address."""
        ...

    def write(self, brand_id: int, name: str, sealed: bytes) -> None:
        """Keep a file, flushed to the disk, whole or not at all."""
        ...

    def read(self, brand_id: int, name: str) -> bytes:
        """Return a file; raise NotFound."""
        ...

    def remove(self, brand_id: int, names: Sequence[str]) -> None:
        """Remove files; those that are gone are gone."""
        ...

    def names(self, brand_id: int, before: int) -> list[str]:
        """Return the files that were written before an instant."""
        ...


class NoMedia:
    """Nowhere to keep a file."""

    def clean(self, data: bytes, video_seconds: int) -> Cleaned:
        """Refuse."""
        del data, video_seconds
        raise Unavailable("media", "no folder")

    def card(self, still: bytes, words: Mapping[str, str], url: str) -> bytes:
        """Refuse."""
        del still, words, url
        raise Unavailable("media", "no folder")

    def write(self, brand_id: int, name: str, sealed: bytes) -> None:
        """Refuse."""
        del brand_id, name, sealed
        raise Unavailable("media", "no folder")

    def read(self, brand_id: int, name: str) -> bytes:
        """Find none."""
        del brand_id
        raise NotFound("file", name)

    def remove(self, brand_id: int, names: Sequence[str]) -> None:
        """Remove nothing."""

    def names(self, brand_id: int, before: int) -> list[str]:
        """Find none."""
        del brand_id, before
        return []


NO_MEDIA: Final = NoMedia()
