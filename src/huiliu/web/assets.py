"""Styles, scripts and pictures: held in memory, compressed once, kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

__all__ = ["Asset", "address", "serve", "serve_client", "stamp"]

_TYPES: Final = {".mjs": "text/javascript", ".js": "text/javascript", ".svg": "image/svg+xml"}
_COMPRESSED: Final = frozenset({".css", ".js", ".mjs", ".svg", ".json", ".txt"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file."""

    media_type: str
    plain: bytes
    #: Gzip of it, or nothing where that gains nothing.
    packed: bytes


def address(name: str) -> str:
    """Return the address of a static file; it changes when any of them does."""
    return f"/static/{stamp()}/{name}"


@cache
def stamp() -> str:
    """Return a hash of all static files.

    One for all of them, so that relative imports between scripts inherit it.
    """
    hasher = hashlib.sha256()
    for name, file in sorted(_all().items()):
        hasher.update(name.encode() + b"\0" + file.read_bytes())
    return hasher.hexdigest()[:12]


async def serve(request: Request) -> Response:
    """Answer with a static file, for a year if it was asked for by the hash in force."""
    fresh = request.path_params["stamp"] == stamp()
    kept = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return _answer(request, request.path_params["name"], kept)


async def serve_client(request: Request) -> Response:
    """Answer with a client that pages of the brand name by an address that never changes."""
    return _answer(request, f"sdk/{request.path_params['name']}", "public, max-age=3600")


def _answer(request: Request, name: str, kept: str) -> Response:
    """Answer with a static file, compressed where the browser can take it."""
    asset = _asset(name)
    if asset is None:
        return PlainTextResponse("not found", 404)
    headers = {"cache-control": kept, "vary": "accept-encoding"}
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(asset.packed, 200, headers, asset.media_type)
    return Response(asset.plain, 200, headers, asset.media_type)


@cache
def _all() -> dict[str, Traversable]:
    """Return every static file by its name below the folder."""
    found: dict[str, Traversable] = {}
    todo = [("", files("huiliu.web") / "static")]
    while todo:
        prefix, folder = todo.pop()
        for entry in folder.iterdir():
            if entry.is_dir():
                todo.append((f"{prefix}{entry.name}/", entry))
            else:
                found[prefix + entry.name] = entry
    return found


@cache
def _asset(name: str) -> Asset | None:
    """Return a file with its compressed form; names outside the folder do not exist."""
    file = _all().get(name)
    if file is None:
        return None
    suffix = "." + name.rpartition(".")[2]
    plain = file.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if suffix in _COMPRESSED else b""
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(media_type, plain, packed)
