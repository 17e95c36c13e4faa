"""Reads a request's body within its limits, packed or not."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from huiliu.kernel.texts import Text, text

__all__ = ["MOST_BYTES", "BadBody", "read_body", "unpack"]

#: A body may have this many bytes, unpacked.
MOST_BYTES: Final = 500 * 1024
#: A client that takes longer to send its body is let go.
_PATIENCE_S: Final = 30.0
_GZIP: Final = 31  # zlib's window bits for a gzip header
#: A gzip file may have several members; each one copies what is left, so many would take long.
_MOST_MEMBERS: Final = 64


class BadBody(Exception):
    """A body that is not even read to its end."""

    def __init__(self, status: int, said: Text) -> None:
        """Hold status and sentence."""
        super().__init__(status)
        self.status = status
        self.said = said


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes:
    """Return the whole body; raise BadBody past the limit, ConnectionError when the client left."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        async with asyncio.timeout(_PATIENCE_S):
            parts = [body]
            n_bytes = len(body)
            while message.get("more_body"):
                message = await receive()
                parts.append(message.get("body", b""))
                n_bytes += len(parts[-1])
                if n_bytes > MOST_BYTES:
                    break
            body = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise ConnectionError
    if len(body) > MOST_BYTES:
        raise BadBody(413, text("collect.batch_too_large", limit=MOST_BYTES))
    return body


def unpack(body: bytes, encoding: bytes) -> bytes:
    """Return the body unpacked; never more than the limit is unpacked, whatever was packed."""
    if not encoding or encoding == b"identity":
        return body
    if encoding.lower() != b"gzip":
        raise BadBody(415, text("collect.bad_encoding"))
    plain = b""
    for _ in range(_MOST_MEMBERS):
        if not body:
            return plain
        unpacker = zlib.decompressobj(_GZIP)
        try:
            plain += unpacker.decompress(body, MOST_BYTES + 1 - len(plain))
        except zlib.error as fault:
            raise BadBody(400, text("collect.bad_gzip")) from fault
        if len(plain) > MOST_BYTES or unpacker.unconsumed_tail:
            raise BadBody(413, text("collect.batch_too_large", limit=MOST_BYTES))
        if not unpacker.eof:
            raise BadBody(400, text("collect.bad_gzip"))
        body = unpacker.unused_data
    raise BadBody(400, text("collect.bad_gzip"))
