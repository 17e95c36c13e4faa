"""Amounts in documents: written in major units, kept in minor ones; shared out exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.money import Money, minor_units
from huiliu.kernel.texts import Text, text

__all__ = ["part_of", "read_amount", "read_percent", "shown", "spread"]

_MOST: Final = 1e10
_HUNDRED: Final = Decimal(100)


def read_amount(fields: Fields, name: str, currency: str, *, is_needed: bool = False) -> int | None:
    """Return the minor units of an amount such as `amount: 9.9`; None where there is none."""
    found = fields.number(name, 0, _MOST)
    if found is None:
        if is_needed and name not in fields.tree:
            fields.wrong(name, "rewards.want_amount")
        return None
    money = Money.parse(repr(fields.tree[name]), currency)
    if money is None or money.major != Decimal(repr(fields.tree[name])):
        fields.wrong(name, "rewards.too_fine", digits=minor_units(currency))
        return None
    return money.minor


def read_percent(fields: Fields, name: str = "percent") -> Decimal | None:
    """Return a share off in percent, to two digits; None where there is none."""
    found = fields.number(name, 0, 100)
    if found is None:
        return None
    percent = Decimal(repr(fields.tree[name]))
    if percent != round(percent, 2):
        fields.wrong(name, "rewards.too_fine", digits=2)
        return None
    return percent


def part_of(amount: int, percent: Decimal) -> int:
    """Return a share of an amount in whole minor units, half even."""
    return int((amount * percent / _HUNDRED).to_integral_value(ROUND_HALF_EVEN))


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount out by weights: exact, nobody above their weight, ties to the first.

    An amount above the sum of the weights is cut down to it.
    """
    whole = sum(weights)
    amount = min(amount, whole)
    if amount <= 0:
        return [0] * len(weights)
    if amount == whole:
        return list(weights)
    shares = [amount * weight // whole for weight in weights]
    rest = amount - sum(shares)
    if rest:
        ranked = sorted([(-(amount * weight % whole), nth) for nth, weight in enumerate(weights)])
        for _, nth in ranked[:rest]:
            shares[nth] += 1
    return shares


@lru_cache(maxsize=10_000)
def shown(amount: int, currency: str) -> Text | str:
    """Return an amount as sentences say it: `40 CNY`, `9.90 CNY`, in Chinese `40 元`."""
    unit = 10 ** minor_units(currency)
    major = str(amount // unit) if amount % unit == 0 else str(Money(amount, currency).major)
    return text("rewards.yuan", amount=major) if currency == "CNY" else f"{major} {currency}"
