"""Amounts as platforms write them, and as they stand here: whole minor units."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from huiliu.kernel.money import Money

__all__ = ["count", "currency_of", "decimal_of", "minor_of"]


def currency_of(config: Mapping[str, str]) -> str:
    """Return the currency of an account."""
    return config.get("currency") or "CNY"


def minor_of(written: Any, config: Mapping[str, str], currency: str = "") -> int:
    """Return an amount in major units as whole minor units; 0 where it is no number."""
    found = Money.parse(str(written if written is not None else 0), currency or currency_of(config))
    return 0 if found is None else found.minor


def decimal_of(minor: int, config: Mapping[str, str], currency: str = "") -> Decimal:
    """Return whole minor units as an amount in major units."""
    return Money(minor, currency or currency_of(config)).major


def count(written: Any) -> int:
    """Return a whole number, however it is written; 0 where it is none."""
    try:
        return int(str(written if written is not None else 0).partition(".")[0] or 0)
    except ValueError:
        return 0
