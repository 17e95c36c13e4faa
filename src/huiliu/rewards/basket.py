"""A basket as a client sends it: what lies in it, at which price, in which channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.texts import text

__all__ = ["MOST_LINES", "Basket", "Line", "basket_tree", "read_basket"]

#: Lines of a basket at most, and units of a line.
MOST_LINES: Final = 500
_MOST_UNITS: Final = 1_000_000
#: Minor units of one price at most.
_DEAREST: Final = 10**12
#: Of a whole basket: it must fit 63 bits wherever it is kept.
_MOST_TOTAL: Final = 10**17
_LONGEST: Final = 200
_FIELDS: Final = frozenset({"currency", "channel", "store", "shipping", "lines"})
_WORDS: Final = ("sku", "gtin", "name", "category", "brand")
_LINE: Final = frozenset({*_WORDS, "quantity", "unit_price"})


# A struct, not a dataclass: a basket has up to hundreds, and each is made in a quarter of the time.
class Line(msgspec.Struct, frozen=True, gc=False):
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
    #: What bringing it costs, in minor units.
    shipping: int = 0

    @property
    def total(self) -> int:
        """Return the price of the goods before any discount, in minor units."""
        return sum([line.quantity * line.unit_price for line in self.lines])


@dataclass(slots=True)
class _Reading:
    """A part of a basket being read; collects every problem."""

    path: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, at: str, key: str, **arguments: object) -> None:
        """Note a problem of a field; "" = of the whole part."""
        self.problems.append(
            Problem(f"{self.path}.{at}" if at else self.path, text(key, **arguments))
        )

    def only(self, given: Mapping[str, Value], known: frozenset[str]) -> None:
        """Note fields that nobody understands."""
        for name in given:
            if name not in known:
                self.wrong(str(name), "rewards.basket.unknown_field", name=str(name))

    def word(self, given: Mapping[str, Value], name: str, *, is_needed: bool = False) -> str:
        """Return a word, "" where there is none."""
        found = given.get(name) or ""
        if (
            isinstance(found, str)
            and len(found) <= _LONGEST
            and found.isprintable()
            and (found or not is_needed)
        ):
            return found
        self.wrong(name, "rewards.basket.word", most=_LONGEST)
        return ""

    def whole(self, given: object, name: str, key: str, least: int, most: int) -> int:
        """Return a whole number within bounds; true and false are none."""
        if isinstance(given, int) and not isinstance(given, bool) and least <= given <= most:
            return given
        self.wrong(name, key)
        return least


class _PlainLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A line as it stands where nothing is wrong with it."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST)]
    unit_price: Annotated[int, msgspec.Meta(ge=0, le=_DEAREST)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=_MOST_UNITS)] = 1
    category: Annotated[str, msgspec.Meta(max_length=_LONGEST)] = ""
    brand: Annotated[str, msgspec.Meta(max_length=_LONGEST)] = ""
    name: Annotated[str, msgspec.Meta(max_length=_LONGEST)] = ""
    gtin: Annotated[str, msgspec.Meta(max_length=_LONGEST)] = ""


def read_basket(given: object, path: str = "basket") -> Basket | tuple[Problem, ...]:
    """Return the basket that a client sent, or every problem with its path."""
    if not isinstance(given, Mapping):
        return (Problem(path, text("rewards.basket.not_a_map")),)
    reading = _Reading(path)
    reading.only(given, _FIELDS)
    currency = _currency(reading, given.get("currency"))
    channel = given.get("channel") or ""
    if not isinstance(channel, str) or (channel and CHANNEL.fullmatch(channel) is None):
        reading.wrong("channel", "rewards.basket.channel")
    store = reading.word(given, "store")
    shipping = reading.whole(
        given.get("shipping", 0), "shipping", "rewards.basket.price", 0, _DEAREST
    )
    lines = _lines(reading, given.get("lines"))
    if sum([line.quantity * line.unit_price for line in lines]) > _MOST_TOTAL:
        reading.wrong("lines", "rewards.basket.dear")
    if reading.problems:
        return tuple(reading.problems)
    return Basket(currency, str(channel), lines, store, shipping)


def basket_tree(basket: Basket) -> dict[str, Value]:
    """Return the basket as a client would send it."""
    return {
        "currency": basket.currency, "channel": basket.channel, "store": basket.store,
        "shipping": basket.shipping, "lines": [_line_tree(line) for line in basket.lines],
    }  # fmt: skip


def _line_tree(line: Line) -> dict[str, Value]:
    """Return one line; the order of the fields is a part of what an order is known by."""
    told: dict[str, Value] = {"sku": line.sku} if line.sku else {}
    if line.gtin:
        told["gtin"] = line.gtin
    if line.name:
        told["name"] = line.name
    if line.category:
        told["category"] = line.category
    if line.brand:
        told["brand"] = line.brand
    told["quantity"] = line.quantity
    told["unit_price"] = line.unit_price
    return told


def _currency(reading: _Reading, given: object) -> str:
    """Return the code of a currency; "" after noting that it is none."""
    if (
        isinstance(given, str)
        and len(given) == 3
        and given.isascii()
        and given.isalpha()
        and given.isupper()
    ):
        return given
    reading.wrong("currency", "rewards.basket.currency")
    return ""


def _lines(reading: _Reading, given: object) -> tuple[Line, ...]:
    """Return the lines; () after noting that there are none, or too many."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        reading.wrong("lines", "rewards.basket.no_lines")
        return ()
    if len(given) > MOST_LINES:
        reading.wrong("lines", "rewards.basket.many_lines", most=MOST_LINES)
        return ()
    # Where nothing is wrong, which is nearly always, a till does not wait for the long way.
    try:
        plain = msgspec.convert(given, list[_PlainLine])
    except msgspec.ValidationError:
        plain = []
    if plain and all(_is_printable(one) for one in plain):
        return tuple(
            Line(one.sku, one.quantity, one.unit_price, one.category, one.brand, one.name, one.gtin)
            for one in plain
        )
    found = []
    for at, one in enumerate(given):
        inner = _Reading(f"{reading.path}.lines[{at}]", reading.problems)
        if isinstance(one, Mapping):
            found.append(_line(inner, one))
        else:
            inner.wrong("", "rewards.basket.not_a_map")
    return tuple(found)


def _is_printable(line: _PlainLine) -> bool:
    """Say whether every word of a line can be shown."""
    return (line.sku + line.category + line.brand + line.name + line.gtin).isprintable()


def _line(reading: _Reading, given: Mapping[str, Value]) -> Line:
    """Return one line; what is wrong with it is noted."""
    reading.only(given, _LINE)
    words = {name: reading.word(given, name, is_needed=name == "sku") for name in _WORDS}
    quantity = reading.whole(
        given.get("quantity", 1), "quantity", "rewards.basket.quantity", 1, _MOST_UNITS
    )
    price = reading.whole(
        given.get("unit_price"), "unit_price", "rewards.basket.price", 0, _DEAREST
    )
    return Line(quantity=quantity, unit_price=price, **words)
