"""The hash chain of the consent ledger: what somebody edits or removes later shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import msgspec

from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest

__all__ = ["Row", "broken_at", "row_hash"]

_FIELDS: Final = (
    "brand_id", "profile_id", "channel", "purpose", "state", "occurred_at", "position", "method",
    "legal_basis", "jurisdiction", "text_version", "text_locale", "source", "collected_by",
    "expires_at",
)  # fmt: skip
_encode = msgspec.json.Encoder(order="sorted").encode


class Row(Protocol):
    """What a row of the ledger holds, as far as the chain reads it."""

    @property
    def evidence(self) -> Mapping[str, Value]:
        """What else was said."""
        ...

    @property
    def address(self) -> bytes:
        """Keyed hash of the address."""
        ...

    @property
    def position(self) -> int:
        """Where its event stands in the log."""
        ...

    @property
    def prev(self) -> bytes:
        """The hash of the row before it."""
        ...

    @property
    def row_hash(self) -> bytes:
        """Its own hash."""
        ...


def row_hash(row: Row) -> bytes:
    """Return the hash of a row and of all rows of the same person before it."""
    plain = [getattr(row, name) for name in _FIELDS]
    said = _encode(_numbers(row.evidence)).decode()
    return digest("consent", row.prev, row.address, said, *plain)


def broken_at(rows: Iterable[Row]) -> int | None:
    """Return the position of the first row of one person, oldest first, that does not fit.

    Rows from before the ledger was chained have no hash and are passed over.
    """
    before = b""
    for row in rows:
        if not row.row_hash and not before:
            continue
        if row.prev != before or row.row_hash != row_hash(row):
            return row.position
        before = row.row_hash
    return None


def _numbers(value: object) -> object:
    """Return a value with its numbers as a database gives them back, whole or with a point."""
    if isinstance(value, Mapping):
        return {key: _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value
