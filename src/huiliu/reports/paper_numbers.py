"""How a white paper writes figures: thousands set apart, money with its sign, shares with ends."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from huiliu.statistics.proportions import Interval, wilson

__all__ = [
    "NOTHING",
    "change",
    "ends",
    "money",
    "money_ends",
    "number",
    "share",
    "share_ends",
    "short",
    "short_money",
    "times",
]

#: Where there is no figure.
NOTHING: Final = "–"
_SIGNS: Final = MappingProxyType({"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"})
_SMALL: Final = 0.01
#: What is below this is nought in two digits too: the ends of intervals round to it.
_LEAST: Final = 0.00005
#: What a large number is shortened to, the largest first: (from, divided by, word).
_SHORT: Final = MappingProxyType({
    "zh-CN": ((1e8, 1e8, " 亿"), (1e4, 1e4, " 万")),
    "en": ((1e9, 1e9, "B"), (1e6, 1e6, "M")),
})  # fmt: skip
#: Below a tenth of a percent a change is none.
_EVEN: Final = 0.0005


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with its thousands set apart."""
    return NOTHING if value is None else _signed(f"{value:,.{digits}f}")


def times(value: float | None) -> str:
    """Return a ratio such as a return on spend: 3.24."""
    return NOTHING if value is None else _signed(f"{value:,.2f}")


def share(value: float | None) -> str:
    """Return a share as a percentage; a small one with more digits."""
    if value is None:
        return NOTHING
    return _signed(f"{value:.2%}" if _LEAST <= abs(value) < _SMALL else f"{value:.1%}")


def ends(low: str, high: str) -> str:
    """Return an interval."""
    return f"{low} ~ {high}"


def share_ends(top: float, n: float) -> str:
    """Return the 95 % interval of a share by Wilson; nothing where nothing was counted."""
    if n <= 0:
        return NOTHING
    found: Interval = wilson(round(top), round(n))
    return ends(share(found[0]), share(found[1]))


def money(value: float | None, currency: str) -> str:
    """Return an amount in whole units of its currency."""
    if value is None:
        return NOTHING
    digits = 2 if abs(value) < 100 and value != round(value) else 0
    return _with_sign(f"{abs(value):,.{digits}f}", currency, is_below=value < 0)


def money_ends(low: float, high: float, currency: str) -> str:
    """Return an interval of amounts."""
    return ends(money(low, currency), money(high, currency))


def short(value: float | None, locale: str) -> str:
    """Return a number as a headline writes it."""
    if value is None:
        return NOTHING
    for least, unit, word in _SHORT[locale]:
        if abs(value) >= least:
            return _signed(f"{value / unit:,.2f}{word}")
    return number(value)


def short_money(value: float | None, currency: str, locale: str) -> str:
    """Return an amount as a headline writes it."""
    if value is None:
        return NOTHING
    if abs(value) < _SHORT[locale][-1][0]:
        return money(value, currency)
    return _with_sign(short(abs(value), locale), currency, is_below=value < 0)


def change(now: float | None, before: float | None, *, is_share: bool = False) -> float | None:
    """Return by how much a figure moved: a share in points, else as a part of what it was."""
    if now is None or before is None:
        return None
    if is_share:
        return now - before
    return (now - before) / abs(before) if before else None


def _signed(written: str) -> str:
    """Return a number with a minus as long as a digit, and no minus before nought."""
    if written.startswith("-"):
        return written[1:] if not written.strip("-0.,%") else "–" + written[1:]
    return written


def _with_sign(written: str, currency: str, *, is_below: bool) -> str:
    """Return an amount with its currency."""
    minus = "–" if is_below and written.strip("0.,") else ""
    sign = _SIGNS.get(currency)
    return f"{minus}{sign}{written}" if sign else f"{minus}{written} {currency}".rstrip()
