"""Rows of delimited text: a row that is broken is rejected with its line, the rest goes on.

Python's own reader lets one stray quote swallow the file; here a row whose quotes do not close
within reach costs its own line only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import Text, text
from huiliu.ports.sources import Reject
from huiliu.sources.lines import LINE_BYTES, Line, fresh

__all__ = ["Dialect", "Row", "read_rows"]

#: How many lines one quoted cell may span before its quote is taken for a stray one.
MAX_SPAN: Final = 400

csv.field_size_limit(4 * LINE_BYTES)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file writes its rows."""

    encoding: str = "utf-8"
    delimiter: str = ","
    #: Tried when a line is not in `encoding`; "" = the line is rejected.
    second_encoding: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with the number of its first line."""

    line: int
    #: The cells of the wanted columns, in their order, stripped of surrounding blanks.
    cells: tuple[str, ...]
    progress: int


def read_rows(
    path: Path,
    required: Sequence[str],
    *,
    optional: Sequence[str] = (),
    dialect: Dialect | None = None,
) -> Iterator[Row | Reject]:
    """Yield the wanted columns of every row in the order required, then optional.

    Columns are found by the header's names, without regard to case or blanks around them; an
    optional one that is absent is "" in every row.

    Raises:
        BadInput: the file cannot be opened, or its header lacks a required column.
    """
    found = _Rows(path, dialect or Dialect())
    header = found.header()
    names = [name.strip().casefold() for name in header]
    missing = [name for name in required if name.casefold() not in names]
    if missing:
        said = text("sources.missing_columns", columns=", ".join(missing))
        raise BadInput((Problem(path.name, said, 1),))
    wanted = [*required, *optional]
    places = [names.index(name.casefold()) if name.casefold() in names else -1 for name in wanted]
    for line, cells in found.rest():
        if isinstance(cells, Text):
            yield Reject(path.name, line.number, Problem("", cells, line.number), line.progress)
        elif len(cells) != len(header):
            said = text("sources.wrong_width", want=len(header), found=len(cells))
            yield Reject(path.name, line.number, Problem("", said, line.number), line.progress)
        else:
            picked = tuple(cells[at].strip() if at >= 0 else "" for at in places)
            yield Row(line.number, picked, line.progress)


class _Rows:
    """One pass over a file; lines that were tried in vain as part of a row are read again."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._path = path
        self._dialect = dialect
        self._lines = fresh(path)
        self._again: list[Line] = []
        self._width = 0

    def header(self) -> list[str]:
        """Return the first row; raise BadInput when there is none."""
        for _, cells in self.rest():
            if isinstance(cells, Text):
                raise BadInput((Problem(self._path.name, cells, 1),))
            self._width = len(cells)
            return cells
        raise BadInput((Problem(self._path.name, text("sources.empty"), 1),))

    def rest(self) -> Iterator[tuple[Line, list[str] | Text]]:
        """Yield each row's first line with its cells, or with what is wrong; skip empty lines."""
        while (line := self._next()) is not None:
            if line.raw or not line.whole or line.broken:
                yield line, self._cells(line)

    def _next(self) -> Line | None:
        """Return the next line, first those that were put back."""
        return self._again.pop() if self._again else next(self._lines, None)

    def _cells(self, line: Line) -> list[str] | Text:
        """Return the cells of the row that starts at a line."""
        written = self._decode(line)
        if isinstance(written, Text):
            return written
        if '"' not in written:
            return written.split(self._dialect.delimiter)
        try:
            return self._parse(written)
        except csv.Error:
            return self._joined(written)

    def _joined(self, first: str) -> list[str] | Text:
        """Return the cells of a row that may go on over more lines."""
        tried: list[Line] = []
        rows, n_letters = [first], len(first)
        while len(tried) < MAX_SPAN and n_letters < LINE_BYTES:
            line = self._next()
            if line is None:
                break
            tried.append(line)
            written = self._decode(line)
            if isinstance(written, Text):
                break
            rows.append(written)
            n_letters += len(written) + 1
            if '"' not in written:
                continue
            try:
                cells = self._parse("\n".join(rows))
            except csv.Error:
                continue
            # A stray quote may close in a later row by chance; such a row has another width.
            if len(cells) == self._width or not self._width:
                return cells
        self._again.extend(reversed(tried))
        return text("sources.quotes")

    def _parse(self, written: str) -> list[str]:
        """Return the cells of one row; raise csv.Error when its quotes are not right."""
        return next(csv.reader([written], delimiter=self._dialect.delimiter, strict=True))

    def _decode(self, line: Line) -> str | Text:
        """Return a line's letters, or what is wrong with it."""
        if line.broken:
            return text("sources.broken_file", details=line.broken)
        if not line.whole:
            return text("sources.line_too_long", limit=LINE_BYTES)
        if b"\0" in line.raw:
            return text("sources.nul")
        try:
            return line.raw.decode(self._dialect.encoding)
        except UnicodeDecodeError:
            if self._dialect.second_encoding:
                return line.raw.decode(self._dialect.second_encoding, "replace")
            return text("sources.not_encoded", encoding=self._dialect.encoding)
