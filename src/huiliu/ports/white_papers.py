"""White papers that were asked for or made: what became of each; the files lie in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from huiliu.kernel.errors import NotFound, Unavailable

__all__ = ["NO_ARCHIVE", "STATES", "Archive", "NoArchive", "WhitePaperRow", "WhitePaperStore"]

#: asked -> making -> ready, or failed.
STATES: Final = ("asked", "making", "ready", "failed")


class WhitePaperRow(msgspec.Struct, frozen=True):
    """One edition of a quarter's white paper in one language."""

    brand_id: int
    paper_id: int
    #: 2026Q3.
    quarter: str
    locale: str
    #: From 1 on: what is made again is kept beside the one before.
    edition: int
    state: str
    #: "" = it was made by itself after the quarter's end.
    asked_by: str
    asked_at: int
    tries: int
    made_at: int
    version: str
    snapshot: str
    n_bytes: int
    #: SHA-256 of the file.
    digest: bytes
    #: Why it failed, a word of the texts `paper.fault.…`; "" = it did not.
    fault: str

    @property
    def name(self) -> str:
        """Return what its file is called, without its ending."""
        return f"{self.quarter}.{self.locale}.{self.edition}"

    @property
    def is_open(self) -> bool:
        """Say whether it is still to come."""
        return self.state in {"asked", "making"}


class WhitePaperStore(Protocol):
    """White papers, inside one transaction."""

    def ask(self, brand_id: int, quarter: str, locale: str, by: str, now: int) -> int:
        """Ask for one and return its id; the one that is being made already, where there is one.

        Args:
            brand_id: whose.
            quarter: which, such as 2026Q3.
            locale: in which language.
            by: who asks; "" = it is made by itself, once for a quarter and language (0 = it was).
            now: when.
        """
        ...

    def get(self, brand_id: int, paper_id: int) -> WhitePaperRow:
        """Return one; raise NotFound."""
        ...

    def latest(self, brand_id: int, limit: int) -> Sequence[WhitePaperRow]:
        """Return the last ones, the newest quarter and edition first."""
        ...

    def brands(self) -> Sequence[int]:
        """Return every brand."""
        ...

    def claim(self, now: int, until: int) -> WhitePaperRow | None:
        """Take the one that has waited longest, or whose maker is gone; None = none waits."""
        ...

    def finish(self, row: WhitePaperRow) -> bool:
        """Write down that one is ready; False = another one made it meanwhile."""
        ...

    def fail(self, row: WhitePaperRow, fault: str, due_at: int) -> None:
        """Write down why one could not be made; `due_at` = 0: it is given up, else tried then."""
        ...


class Archive(Protocol):
    """The folder in which printed papers lie."""

    def keep(self, brand_id: int, name: str, data: bytes) -> None:
        """Keep a file, flushed to the disk, whole or not at all."""
        ...

    def read(self, brand_id: int, name: str) -> bytes:
        """Return a file; raise NotFound."""
        ...


class NoArchive:
    """A world that keeps no papers."""

    def keep(self, brand_id: int, name: str, data: bytes) -> None:
        """Refuse."""
        del data
        raise Unavailable("archive", f"{brand_id}/{name}")

    def read(self, brand_id: int, name: str) -> bytes:
        """Find none."""
        del brand_id
        raise NotFound("white paper", name)


NO_ARCHIVE: Final = NoArchive()
