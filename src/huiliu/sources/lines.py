"""Lines of a file that may be broken anywhere: plain or gzip, with numbers and progress."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import Text, text
from huiliu.ports.sources import Reject

__all__ = ["LINE_BYTES", "Line", "file_size", "fresh", "read_lines", "reject", "unreadable"]

#: The longest line that is read at all; a longer one is rejected without being held in memory.
LINE_BYTES: Final = 1 << 20


class _Stream(Protocol):
    """What is asked of an open file, packed or not."""

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line, or as much of it as asked for."""
        ...

    def tell(self) -> int:
        """Return where reading stands."""
        ...


_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end."""

    #: From 1.
    number: int
    raw: bytes
    #: Bytes of the file that have been read (of a gzip file: packed bytes).
    progress: int
    #: False for a line that was too long: `raw` is then empty.
    whole: bool = True
    #: What is wrong with the file from here on; the reading ends.
    broken: str = ""


def file_size(path: Path) -> int:
    """Return the bytes of a file; raise BadInput when it cannot be read."""
    try:
        return path.stat().st_size
    except OSError as fault:
        raise unreadable(path, fault) from fault


def unreadable(path: Path, fault: OSError) -> BadInput:
    """Return the error of a file that the system does not give us."""
    said = text("sources.unreadable", details=cause_of(fault))
    return BadInput((Problem(str(path), said),))


def reject(name: str, line: Line, field: str, said: Text) -> Reject:
    """Return the reject of one line for one field."""
    return Reject(name, line.number, Problem(field, said, line.number), line.progress)


def fresh(path: Path) -> Iterator[Line]:
    """Yield a file's lines, without a byte-order mark; raise BadInput when it cannot be opened.

    LF and CRLF both end a line. A gzip file that breaks off ends with a line that says so.
    """
    try:
        with path.open("rb") as packed:
            start = packed.read(2)
            packed.seek(0)
            if start in _MARKS:
                raise BadInput((Problem(str(path), text("sources.utf16")),))
            if start == b"\x1f\x8b":
                with gzip.open(packed) as unpacked:
                    yield from read_lines(unpacked, packed)
            else:
                yield from read_lines(packed, packed)
    except IsADirectoryError as fault:
        raise BadInput((Problem(str(path), text("sources.is_folder")),)) from fault
    except OSError as fault:
        raise unreadable(path, fault) from fault


def read_lines(stream: _Stream, packed: _Stream) -> Iterator[Line]:
    """Yield the lines of an open stream; progress is how far `packed` has been read."""
    number, is_packed, read = 0, stream is not packed, 0
    while True:
        try:
            raw = stream.readline(LINE_BYTES + 2)
            whole = raw.endswith(b"\n") or len(raw) <= LINE_BYTES
            piece = raw
            while not whole and piece and not piece.endswith(b"\n"):
                piece = stream.readline(LINE_BYTES)
                read += len(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            yield Line(number + 1, b"", packed.tell(), broken=str(fault))
            return
        if not raw:
            return
        number += 1
        read += len(raw)
        if number == 1:
            raw = raw.removeprefix(_BOM)
        progress = packed.tell() if is_packed else read
        yield Line(number, raw.rstrip(b"\r\n") if whole else b"", progress, whole)
