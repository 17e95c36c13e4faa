"""A table of figures from outside, by the names of its columns: every bad cell with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.services.read_table import read_table, unusable

__all__ = ["Columns", "read_columns"]

#: Problems that are listed; a table with more is wrong in another way.
_MOST: Final = 100
#: A date as spreadsheets show it in China: 2026/1/2 or 2026.1.2, perhaps with a time.
_SLASHED: Final = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?:[ T](\d{1,2}:.*))?")
#: So many digits are a date, 20260102.
_DATE_DIGITS: Final = 8


@dataclass(slots=True)
class Columns:
    """Rows whose cells are asked for by the names of their columns."""

    names: Sequence[str]
    #: (line, name -> cell without blanks around it).
    rows: Sequence[tuple[int, Mapping[str, str]]]
    problems: list[Problem] = field(default_factory=list)

    def number(self, line: int, name: str, cell: str, least: float | None = 0.0) -> float:
        """Return the number of a cell; 0 with a noted problem where it is none, or too small."""
        try:
            found = float(cell)
        except ValueError:
            found = float("nan")
        if isfinite(found) and (least is None or found >= least):
            return found
        key = "analysis.no_number" if least is None else "analysis.no_count"
        self.wrong(line, name, key, cell=cell)
        return 0.0

    def instant(self, line: int, name: str, cell: str) -> int:
        """Return the instant of a cell in UTC; 0 with a noted problem where it is none."""
        found = as_instant(_iso(cell)) if cell else None
        if found is None:
            self.wrong(line, name, "analysis.no_time", cell=cell)
            return 0
        return found

    def place(self, line: int, name: str, cell: str, unit: int) -> int:
        """Return a number as it stands, or how many units a date or time is after 1970 in UTC."""
        if cell.isdecimal() and len(cell) < _DATE_DIGITS:
            return int(cell)
        return self.instant(line, name, cell) // unit

    def wrong(self, line: int, name: str, key: str, /, **arguments: object) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(Problem(name, text(key, **arguments), line))

    def checked(self) -> None:
        """Go on only if nothing is wrong.

        Raises:
            BadInput: with the first hundred problems.
        """
        if self.problems:
            raise BadInput(tuple(self.problems[:_MOST]))


def read_columns(
    data: bytes,
    needed: Sequence[str],
    optional: Collection[str] = (),
    others: Mapping[str, str] | None = None,
) -> Columns:
    """Return the rows of a table by column; case and blanks of names do not count.

    Args:
        data: the file.
        needed: columns that must be there.
        optional: columns that may be there; with None any other column may be, too.
        others: another name of a column -> the one that is meant.

    Raises:
        BadInput: the file is no table, or columns are missing or twice.
    """
    table = read_table(data)
    renamed = others or {}
    names = [_name(one) for one in table[0][1]]
    names = [renamed.get(one, one) for one in names]
    missing = [name for name in needed if name not in names]
    if missing:
        raise unusable(
            "analysis.missing", missing=", ".join(missing), found=", ".join(names),
            want=", ".join([*needed, *(f"[{one}]" for one in sorted(optional))]),
        )  # fmt: skip
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise unusable("analysis.twice", names=", ".join(twice))
    rows: list[tuple[int, Mapping[str, str]]] = []
    problems = []
    for line, cells in table[1:]:
        if len(cells) != len(names):
            said = text("analysis.ragged", found=len(cells), want=len(names))
            problems.append(Problem("", said, line))
            continue
        rows.append((line, {n: cell.strip() for n, cell in zip(names, cells, strict=True)}))
    if not rows and not problems:
        raise unusable("lists.empty")
    return Columns(names, rows, problems)


def _iso(cell: str) -> str:
    """Return a date with slashes or points as ISO 8601 writes it; others as they are."""
    found = _SLASHED.fullmatch(cell)
    if found is None:
        return cell
    year, _, month, day, time = found.groups()
    clock = f"T{time:0>{8 if time.count(':') > 1 else 5}}" if time else ""
    return f"{year}-{month:0>2}-{day:0>2}{clock}"


def _name(written: str) -> str:
    """Return a column's name as it is compared."""
    return "_".join(written.strip().casefold().split())
