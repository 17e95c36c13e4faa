"""Reads what a platform answered: JSON of which any member may be absent, null or else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import MILLISECOND, SECOND, as_instant

__all__ = ["Raw", "lacks"]

#: Numbers above are milliseconds since 1970, below seconds (in the year 5138 this ends).
_MILLISECONDS: Final = 100_000_000_000
#: The end of the year 9999, in milliseconds: what lies behind is no time.
_LAST: Final = 253_402_300_799_999


def lacks(path: str) -> BadInput:
    """Return the error of an answer that lacks what it cannot be read without."""
    return BadInput((Problem(path, text("shops.lacks")),))


class Raw:
    """One JSON object of an answer; names may be paths such as `billing.phone`."""

    def __init__(self, found: Value | Mapping[str, Value]) -> None:
        """Hold an object; anything else is an empty one."""
        self._found: Mapping[str, Value] = found if isinstance(found, Mapping) else {}

    def __bool__(self) -> bool:
        """Say whether there is anything in it."""
        return bool(self._found)

    @property
    def members(self) -> Mapping[str, Value]:
        """Return the object itself."""
        return self._found

    def get(self, path: str) -> Value:
        """Return a value, None where there is none."""
        found: Value | Mapping[str, Value] = self._found
        for name in path.split("."):
            if not isinstance(found, Mapping):
                return None
            found = found.get(name)
        return found  # type: ignore[return-value] # what stands in JSON is a Value

    def text(self, *paths: str) -> str:
        """Return the first of these that says something, as text; "" where none does."""
        for path in paths:
            found = self.get(path)
            if isinstance(found, str | int | float) and not isinstance(found, bool):
                written = str(found).strip()
                if written:
                    return written
        return ""

    def needed(self, path: str) -> str:
        """Return a text; raise BadInput where there is none."""
        found = self.text(path)
        if not found:
            raise lacks(path)
        return found

    def clear(self, *paths: str) -> str:
        """Return the first personal value that is not masked; "" where all are."""
        for path in paths:
            found = self.text(path)
            if found and "*" not in found and not found.startswith(("~", "#", "$")):
                return found
        return ""

    def inner(self, path: str) -> Raw:
        """Return an object inside, an empty one where there is none."""
        return Raw(self.get(path))

    def rows(self, path: str) -> Iterator[Raw]:
        """Go over the objects of a list."""
        found = self.get(path)
        for row in found if isinstance(found, list) else ():
            if isinstance(row, Mapping):
                yield Raw(row)

    def flag(self, path: str) -> bool:
        """Say whether it is true: true, 1, "true", "1"."""
        found = self.get(path)
        return found is True or str(found).lower() in {"1", "true"}

    def whole(self, path: str) -> int | None:
        """Return a whole number."""
        try:
            return int(str(self.get(path)).strip())
        except ValueError:
            return None

    def instant(self, *paths: str, naive: str = "UTC") -> int | None:
        """Return the first instant among these: ISO 8601, or seconds or milliseconds since 1970.

        Args:
            paths: where to look.
            naive: `UTC`, or an offset such as `+08:00`, for a time that names no zone.
        """
        for path in paths:
            found = self.get(path)
            if isinstance(found, bool) or found is None:
                continue
            written = str(found).strip()
            if written.isdecimal():
                number = int(written[:20])
                if 0 < number <= _LAST:
                    return number * (MILLISECOND if number >= _MILLISECONDS else SECOND)
                continue
            at = as_instant(written if naive == "UTC" or _is_zoned(written) else written + naive)
            if at is not None:
                return int(at)
        return None

    def amount(self, path: str, currency: str) -> int | None:
        """Return an amount in major units (`12.30`) as minor units."""
        found = self.get(path)
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            return None
        money = Money.parse(str(found).replace(",", "").strip(), currency)
        return None if money is None else money.minor

    def number(self, path: str) -> float | None:
        """Return a decimal number."""
        try:
            found = Decimal(str(self.get(path)).replace(",", "").strip())
        except InvalidOperation:
            return None
        return float(found) if found.is_finite() else None


def _is_zoned(written: str) -> bool:
    """Say whether a time names its zone."""
    clock = written.replace(" ", "T").partition("T")[2]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock
