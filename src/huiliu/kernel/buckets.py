"""Stable hashing: the same unit and salt fall into the same bucket on every machine for ever.

The hash is the SHA-256 of `salt|unit`, and a place is its first 16 hexadecimal digits, so that a
database can say the same: places compare as texts as they do as numbers.
"""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction
from typing import Final

__all__ = ["bucket", "edge", "place", "share"]

_DIGITS: Final = 16
_RANGE: Final = 16**_DIGITS
#: After every place.
_END: Final = "g"


def place(salt: str, unit: int | str | bytes) -> str:
    """Return where a unit stands on the line from 0 to 1: 16 hexadecimal digits."""
    raw = unit if isinstance(unit, bytes) else str(unit).encode()
    return hashlib.sha256(salt.encode() + b"|" + raw).hexdigest()[:_DIGITS]


def edge(share_of_all: Fraction) -> str:
    """Return the text before which exactly the places below a share from 0 to 1 stand."""
    at = math.ceil(share_of_all * _RANGE)
    return _END if at >= _RANGE else f"{at:0{_DIGITS}x}"


def share(salt: str, unit: int | str | bytes) -> float:
    """Return a number in [0, 1) that depends on the salt and the unit alone."""
    # The 53 bits that a double holds: more could round up to 1.
    return (int(place(salt, unit), 16) >> 11) / (_RANGE >> 11)


def bucket(salt: str, unit: int | str | bytes, n: int) -> int:
    """Return which of n equal buckets the unit falls into, 0-based."""
    return int(place(salt, unit), 16) * n // _RANGE
