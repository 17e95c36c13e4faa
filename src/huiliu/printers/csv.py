"""CSV that a spreadsheet opens as it is meant: no cell is ever run as a formula.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` (full-width ones too), also one
that a tab, carriage return, line feed or semicolon has cut in two. Those get an apostrophe in
front, which spreadsheets take for "this is text". Numbers that are numbers stay numbers, negative
ones too: they cannot run. Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

__all__ = ["BOM", "csv_rows", "safe_cell"]

#: Without it Excel reads UTF-8 as the system's own letters.
BOM: Final = b"\xef\xbb\xbf"

#: Where a cell may begin: at its start, and after whatever some spreadsheet splits cells at.
_FORMULA = re.compile(r"(\A|[\t\r\n;])([ \u00a0\u3000]*)(?=[=+\-@＝＋－＠\t\r])")
_BATCH: Final = 500


def csv_rows(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a CSV file piece by piece: UTF-8 with a mark for Excel, every cell safe to open."""
    yield BOM + _written([header])
    batch: list[Sequence[object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield _written(batch)
            batch = []
    if batch:
        yield _written(batch)


def safe_cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    return _FORMULA.sub(r"\1\2'", str(value).replace("\0", ""))


def _written(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV; every cell is quoted, so that what is in it cannot end it."""
    page = io.StringIO()
    writer = csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return page.getvalue().encode("utf-8", "replace")
