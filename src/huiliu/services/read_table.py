"""A table as a spreadsheet saves it: letters of any Chinese Excel, any usual mark between cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text

__all__ = ["read_table", "unusable"]

#: Above what a browser or a spreadsheet makes of a million rows.
MOST_BYTES: Final = 200_000_000
#: Excel on a Chinese system writes the second one.
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_DELIMITERS: Final = (",", "\t", ";", "|")


def read_table(data: bytes) -> list[tuple[int, list[str]]]:
    """Return the rows with the number of their first line, the header first; none is empty.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    return _lines(_decoded(data))


def unusable(key: str, **arguments: object) -> BadInput:
    """Return what is wrong with a file as a whole."""
    return BadInput((Problem("", text(key, **arguments)),))


def _decoded(data: bytes) -> str:
    """Return the letters of a file."""
    if len(data) > MOST_BYTES:
        raise unusable("lists.too_large", limit=MOST_BYTES // 1_000_000)
    if b"\0" in data:
        raise unusable("lists.no_text")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unusable("lists.no_text")


def _lines(written: str) -> list[tuple[int, list[str]]]:
    """Return the rows with the number of their first line, the header first; none is empty."""
    head = written.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    # A mark that Excel understands, and writes.
    if head.casefold().startswith("sep=") and len(head.strip()) == len("sep=") + 1:
        delimiter = head.strip()[-1]
        written = "\n" + written.partition("\n")[2]
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
    found = [row for row in _numbered(reader) if any(cell.strip() for cell in row[1])]
    if not found:
        raise unusable("lists.empty")
    return found


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with their first line's number."""
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1  # type: ignore[attr-defined] # csv's reader has it
    except csv.Error as fault:
        raise BadInput((Problem("", text("lists.broken", details=str(fault)), line),)) from fault
