"""The words of the local socket: where it is, and how requests and answers are framed."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from huiliu.ports.tags import TagWriting

__all__ = ["DATA", "END", "FAULT", "Fault", "Request", "address", "receive", "send"]

#: Kinds of frames: a piece of an Arrow stream or a JSON value, an error as JSON, the end.
DATA: Final = b"d"
FAULT: Final = b"f"
END: Final = b"e"

_HEAD = struct.Struct("!cQ")
#: What the kernel allows for the address of a Unix socket, less the closing zero.
_LONGEST: Final = 107


class Request(msgspec.Struct, frozen=True):
    """One thing asked of the analyst."""

    #: ask, catch_up, rebuild, keep, keep_values, let_go or write_tag.
    what: str
    statement: str = ""
    timeout_s: float = 0
    offset: int | None = None
    #: True for statements that people wrote.
    foreign: bool = False
    #: Of the rows to be held.
    name: str = ""
    names: tuple[str, ...] = ()
    #: True when the next frame is an Arrow stream of the rows to be held.
    brings: bool = False
    writing: TagWriting | None = None


class Fault(msgspec.Struct, frozen=True):
    """An error on its way to the one who asked."""

    #: bad_input, engine_failed or unavailable.
    kind: str
    #: Text key and arguments of a bad input; engine, statement and cause; service and cause.
    words: tuple[str, ...]
    arguments: dict[str, str] = {}


def address(data: Path) -> str:
    """Return where the analyst of an instance listens, always the same.

    In the instance's data folder; if that path is too long for a socket, in a folder of mode
    0700 below the temporary one that belongs to this user.
    """
    near = data.resolve() / "analyst.sock"
    if len(os.fsencode(near)) <= _LONGEST:
        return str(near)
    name = hashlib.blake2b(os.fsencode(data.resolve()), digest_size=8).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"huiliu-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} does not belong to this user alone")
    return str(folder / "analyst.sock")


def send(connection: socket.socket, kind: bytes, content: bytes = b"") -> None:
    """Send one frame."""
    connection.sendall(_HEAD.pack(kind, len(content)) + content)


def receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the kind and content of the next frame.

    Raises:
        ConnectionError: the other side went away.
    """
    kind, length = _HEAD.unpack(_exactly(connection, _HEAD.size))
    return kind, _exactly(connection, length)


def _exactly(connection: socket.socket, length: int) -> bytes:
    """Return so many bytes."""
    parts, missing = [], length
    while missing:
        part = connection.recv(min(missing, 1 << 20))
        if not part:
            raise ConnectionError("the other side of the socket went away")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
