"""Pictures that the virtual brand's people show: flat colours that run into each other, as PNG."""

from __future__ import annotations

import struct
import zlib
from typing import Final

__all__ = ["picture"]

_SIDE: Final = 360
_HEADER: Final = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)


def picture(number: int) -> bytes:
    """Return the picture of a number: the same number, the same picture."""
    red, green, blue = (number * 67 + 90) % 160, (number * 41 + 60) % 160, (number * 97 + 30) % 160
    shades = [at * 90 // (2 * _SIDE) for at in range(2 * _SIDE)]
    line = bytes(part for light in shades for part in (red + light, green + light, blue + light))
    # Each row begins one shade further on; the byte before it says that it is not filtered.
    rows = [b"\0" + line[3 * y : 3 * (y + _SIDE)] for y in range(_SIDE)]
    body = zlib.compress(b"".join(rows), 6)
    parts = [_part(b"IHDR", _HEADER), _part(b"IDAT", body), _part(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(name: bytes, data: bytes) -> bytes:
    """Return a part of the file: length, name, data, check sum. Source: the PNG specification."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
