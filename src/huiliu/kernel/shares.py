"""Shares of a whole, written as percentages: exact, because buckets are cut by them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

__all__ = ["as_share", "show_percent"]

#: At most four decimals: a millionth of all people is a fine enough cut.
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%")


def as_share(written: object) -> Fraction | None:
    """Return the share from 0 to 1 that `12.5%` stands for; None where it is none."""
    found = _PERCENT.fullmatch(written) if isinstance(written, str) else None
    share = Fraction(found[1]) / 100 if found else None
    return None if share is None or share > 1 else share


def show_percent(share: Fraction) -> str:
    """Return a share as it is written: `12.5%`."""
    shown = f"{float(share * 100):.4f}".rstrip("0").rstrip(".")
    return f"{shown}%"
