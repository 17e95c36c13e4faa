"""Bytes as the letters of an address: base64url without padding, and each in one way only.

The last letter of most lengths has bits that stand for nothing, and the library reads past them: a
link whose last letter was changed would be taken for the one that was made. Here it is none.
"""

from __future__ import annotations

import base64

__all__ = ["from_letters", "to_letters"]


def to_letters(raw: bytes) -> str:
    """Return bytes as letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_letters(written: str) -> bytes:
    """Return the bytes that `to_letters` wrote so; raise ValueError for anything else."""
    raw = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
    if to_letters(raw) != written:
        raise ValueError("not as it would be written")
    return raw
