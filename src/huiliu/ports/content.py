"""What rule packs found in live content, and what somebody answers for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["ContentCheck", "ContentStore", "FoundLine", "OverrideRow"]


class OverrideRow(msgspec.Struct, frozen=True):
    """Somebody answers for it: what a rule objects to may stand."""

    brand_id: int
    #: 0 = not stored yet.
    override_id: int
    pack: str
    rule: str
    #: The words that are allowed; "" = whatever the rule objects to.
    phrase: str
    #: `template some-slug`; "" = in any text.
    subject: str
    #: What shows that it is true: a certificate's number, a report, where it is kept.
    proof: str
    #: Until when; 0 = without an end.
    until: int
    made_at: int
    made_by: str
    #: When somebody took it back; 0 = nobody did.
    ended_at: int = 0
    ended_by: str = ""


class FoundLine(msgspec.Struct, frozen=True):
    """One thing that packs object to in a live document."""

    path: str
    pack: str
    rule: str
    severity: str
    quote: str
    #: The override that lets it pass; 0 = none does.
    allowed_by: int = 0


class ContentCheck(msgspec.Struct, frozen=True):
    """A live document as it was last looked at."""

    brand_id: int
    kind: str
    slug: str
    #: Of the text, the packs and the overrides.
    digest: bytes
    checked_at: int
    n_block: int
    n_warn: int
    findings: tuple[FoundLine, ...]


class ContentStore(Protocol):
    """Overrides and checks, inside one transaction."""

    def add_override(self, row: OverrideRow) -> int:
        """Store an override and return its number."""
        ...

    def overrides(self, brand_id: int, *, all_: bool = False) -> Sequence[OverrideRow]:
        """Return the overrides that nobody took back, or all of them, newest first."""
        ...

    def end_override(self, brand_id: int, override_id: int, at: int, by: str) -> OverrideRow:
        """Take an override back; raise NotFound where none stands."""
        ...

    def checks(self, brand_id: int) -> Mapping[tuple[str, str], ContentCheck]:
        """Return (kind, slug) -> how it was found."""
        ...

    def put_check(self, check: ContentCheck) -> None:
        """Write down how a document was found."""
        ...

    def forget_check(self, brand_id: int, kind: str, slug: str) -> None:
        """Forget a document that is not live any more."""
        ...

    def round(self, brand_id: int) -> tuple[int, bytes, int]:
        """Lock and return (stamp of documents, digest of packs, due) of the last round; zeroes."""
        ...

    def put_round(self, brand_id: int, stamp: int, packs: bytes, due_at: int) -> None:
        """Write down that everything was looked at."""
        ...
