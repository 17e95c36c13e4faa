"""Stable hashing: the same unit and salt fall into the same bucket on every machine for ever."""

from __future__ import annotations

import hashlib

__all__ = ["bucket", "share"]

_RANGE = 1 << 64


def share(salt: str, unit: int | str | bytes) -> float:
    """Return a number in [0, 1) that depends on the salt and the unit alone."""
    raw = unit if isinstance(unit, bytes) else str(unit).encode()
    hashed = hashlib.blake2b(raw, digest_size=8, key=salt.encode()[:64]).digest()
    return int.from_bytes(hashed, "big") / _RANGE


def bucket(salt: str, unit: int | str | bytes, n: int) -> int:
    """Return which of n equal buckets the unit falls into, 0-based."""
    return int(share(salt, unit) * n)
