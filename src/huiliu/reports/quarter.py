"""A calendar quarter, written `2026Q3`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Quarter"]

_WRITTEN: Final = re.compile(r"([12]\d{3})[Qq]([1-4])")
_MONTHS: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months from the first day of January, April, July or October on."""

    year: int
    #: 1 to 4.
    number: int

    @classmethod
    def parse(cls, written: str) -> Quarter | None:
        """Return the quarter that `2026Q3` means; None where the word is none."""
        found = _WRITTEN.fullmatch(written.strip())
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def of(cls, day: dt.date) -> Quarter:
        """Return the quarter in which a day lies."""
        return cls(day.year, (day.month - 1) // _MONTHS + 1)

    @property
    def name(self) -> str:
        """Return how it is written."""
        return f"{self.year}Q{self.number}"

    @property
    def first(self) -> dt.date:
        """Return its first day."""
        return dt.date(self.year, (self.number - 1) * _MONTHS + 1, 1)

    @property
    def last(self) -> dt.date:
        """Return its last day."""
        return self.after.first - dt.timedelta(days=1)

    @property
    def before(self) -> Quarter:
        """Return the quarter before."""
        return Quarter.of(self.first - dt.timedelta(days=1))

    @property
    def after(self) -> Quarter:
        """Return the quarter after."""
        number = self.number % 4 + 1
        return Quarter(self.year + (number == 1), number)
