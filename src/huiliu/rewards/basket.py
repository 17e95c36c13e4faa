"""A basket as a client sends it: what lies in it, at which price, in which channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.texts import text

__all__ = ["MOST_LINES", "Basket", "Line", "read_basket"]

#: Lines of a basket at most, and units of a line.
MOST_LINES: Final = 500
_MOST_UNITS: Final = 1_000_000
#: Minor units of one price at most; a sum of all lines still fits 63 bits.
_DEAREST: Final = 10**12
_LONGEST: Final = 200
_FIELDS: Final = frozenset({"currency", "channel", "store", "lines"})
_LINE: Final = frozenset({
    "sku", "gtin", "name", "category", "brand", "quantity", "unit_price",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Some units of one product."""

    sku: str
    #: Whole units.
    quantity: int
    #: Minor units of the basket's currency, before any discount.
    unit_price: int
    category: str = ""
    brand: str = ""
    name: str = ""
    #: The product's bar code, where known.
    gtin: str = ""

    @property
    def total(self) -> int:
        """Return the line's price before any discount, in minor units."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy."""

    #: ISO 4217.
    currency: str
    #: Where it is bought: `app`, `mini_program`, `store` ... "" = not told.
    channel: str
    lines: tuple[Line, ...]
    #: The shop's own name of the store; "" = none.
    store: str = ""

    @property
    def total(self) -> int:
        """Return the price before any discount, in minor units."""
        return sum(line.total for line in self.lines)


def read_basket(given: object, path: str = "basket") -> Basket | tuple[Problem, ...]:
    """Return the basket that a client sent, or every problem with its path."""
    problems: list[Problem] = []

    def wrong(at: str, key: str, **arguments: object) -> None:
        problems.append(Problem(f"{path}.{at}" if at else path, text(key, **arguments)))

    if not isinstance(given, Mapping):
        return (Problem(path, text("rewards.basket.not_a_map")),)
    for name in given:
        if name not in _FIELDS:
            wrong(str(name), "rewards.basket.unknown_field", name=str(name))
    currency = given.get("currency")
    if not (
        isinstance(currency, str) and len(currency) == 3 and currency.isascii()
        and currency.isalpha() and currency.isupper()
    ):  # fmt: skip
        wrong("currency", "rewards.basket.currency")
    channel = given.get("channel", "")
    if not isinstance(channel, str) or (channel and CHANNEL.fullmatch(channel) is None):
        wrong("channel", "rewards.basket.channel")
    store = _word(given, "store")
    if store is None:
        wrong("store", "rewards.basket.word", most=_LONGEST)
    lines = given.get("lines")
    if not isinstance(lines, Sequence) or isinstance(lines, str) or not lines:
        wrong("lines", "rewards.basket.no_lines")
        lines = ()
    elif len(lines) > MOST_LINES:
        wrong("lines", "rewards.basket.many_lines", most=MOST_LINES)
        lines = ()
    read: list[Line] = []
    for at, one in enumerate(lines):
        found = _line(one, f"{path}.lines[{at}]")
        if isinstance(found, Line):
            read.append(found)
        else:
            problems += found
    if problems:
        return tuple(problems)
    return Basket(str(currency), str(channel), tuple(read), store or "")


def _line(given: object, path: str) -> Line | list[Problem]:
    """Return one line, or its problems."""
    if not isinstance(given, Mapping):
        return [Problem(path, text("rewards.basket.not_a_map"))]
    problems = [
        Problem(f"{path}.{name}", text("rewards.basket.unknown_field", name=str(name)))
        for name in given
        if name not in _LINE
    ]
    words: dict[str, str] = {}
    for name in ("sku", "gtin", "name", "category", "brand"):
        word = _word(given, name)
        if word is None or (name == "sku" and not word):
            problems.append(Problem(f"{path}.{name}", text("rewards.basket.word", most=_LONGEST)))
        else:
            words[name] = word
    quantity = given.get("quantity", 1)
    if not _is_whole(quantity, 1, _MOST_UNITS):
        problems.append(Problem(f"{path}.quantity", text("rewards.basket.quantity")))
    price = given.get("unit_price")
    if not _is_whole(price, 0, _DEAREST):
        problems.append(Problem(f"{path}.unit_price", text("rewards.basket.price")))
    if problems:
        return problems
    assert isinstance(quantity, int)
    assert isinstance(price, int)
    return Line(quantity=quantity, unit_price=price, **words)


def _word(given: Mapping[str, Value], name: str) -> str | None:
    """Return a word of a basket, "" where there is none; None where it cannot be one."""
    found = given.get(name) or ""
    if isinstance(found, str) and len(found) <= _LONGEST and found.isprintable():
        return found
    return None


def _is_whole(value: object, least: int, most: int) -> bool:
    """Say whether a value is a whole number within bounds; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
