"""Signatures and texts of SMS as carriers approved them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["FilingRow", "FilingStore"]


class FilingRow(msgspec.Struct, frozen=True):
    """One filing: a signature, or a text under a signature."""

    brand_id: int
    #: 0 = not stored yet.
    filing_id: int
    account: str
    #: The template that it is of; "" = the signature alone.
    template: str
    locale: str
    #: The segment that the text is for; "" = everybody else.
    variant: str
    #: Without brackets.
    signature: str
    #: As it was approved, with its placeholders; "" = the signature alone.
    body: str
    #: The provider's own code.
    code: str
    #: Most characters of one value; 0 = no limit.
    longest: int
    #: Carrier -> filed, approved, rejected or expired.
    states: dict[str, str]
    note: str
    made_at: int
    changed_at: int
    changed_by: str


class FilingStore(Protocol):
    """Filings, inside one transaction."""

    def put(self, row: FilingRow) -> int:
        """Store or replace a filing and return its number; raise NotFound for an unknown one."""
        ...

    def listed(self, brand_id: int) -> Sequence[FilingRow]:
        """Return every filing of a brand, by template, account and number."""
        ...

    def remove(self, brand_id: int, filing_id: int) -> None:
        """Forget a filing; raise NotFound."""
        ...
