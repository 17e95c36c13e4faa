"""Answers with a file, or with the part of it that a player asks for."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["ranged"]

#: One range; phones ask for the first two bytes and then go on. Source: RFC 9110, section 14.
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def ranged(request: Request, media_type: str, data: bytes, max_age: int = 0) -> Response:
    """Return a file that people sent; nothing in it is ever run, wherever it is opened.

    Args:
        request: says which part is asked for.
        media_type: as we wrote the file ourselves, never as somebody called it.
        data: the whole file.
        max_age: seconds for which a browser may keep it; 0 = not at all.
    """
    headers = {
        "accept-ranges": "bytes", "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff", "cross-origin-resource-policy": "cross-origin",
        "cache-control": f"private, max-age={max_age}" if max_age else "no-store",
    }  # fmt: skip
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or not (asked[1] or asked[2]):
        return Response(data, media_type=media_type, headers=headers)
    size = len(data)
    first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if first >= size or first > last:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return Response(data[first : last + 1], 206, headers=headers, media_type=media_type)
