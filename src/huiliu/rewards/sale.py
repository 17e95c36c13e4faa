"""A sale as a till tells it: its number, what is bought, which codes and points are used.

Prices may be the till's or the catalogue's; a barcode stands for a product. Nothing here looks a
product up: that is asked of the catalogue afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.texts import LOCALES, Text, text
from huiliu.kernel.times import as_instant

__all__ = ["MOST_CODES", "MOST_SALE_LINES", "Sale", "SaleLine", "order_id_of", "read_sale"]

MOST_SALE_LINES: Final = 500
MOST_CODES: Final = 20
_MOST_UNITS: Final = 1_000_000
_DEAREST: Final = 10**12
_LONGEST: Final = 200
_MOST_POINTS: Final = Decimal(10) ** 12
#: Names of stores, terminals and receipts: they stand in an order's id with colons between.
_NAME: Final = re.compile(r"[^\s:\x00-\x1f\x7f]{1,64}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_LINE: Final = frozenset({
    "barcode", "gtin", "sku", "name", "category", "brand", "quantity", "unit_price",
})  # fmt: skip
#: What names a person is read where people are known.
_PERSON: Final = frozenset({"profile", "identifier", "member_code", "qr", "phone", "card"})
_FIELDS: Final = _PERSON | {
    "store", "terminal", "business_date", "receipt", "currency", "channel", "lines", "basket",
    "codes", "points", "total", "tenders", "offline", "occurred_at", "locale", "ref",
}  # fmt: skip
_TENDERS: Final = 20


@dataclass(frozen=True, slots=True)
class SaleLine:
    """Some units of what was scanned or typed."""

    quantity: int
    #: As it was scanned; "" = the till named the product itself.
    barcode: str = ""
    sku: str = ""
    #: Minor units of one; None = the catalogue's price.
    unit_price: int | None = None
    name: str = ""
    category: str = ""
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """One sale, or one that is asked about."""

    store: str
    lines: tuple[SaleLine, ...]
    terminal: str = ""
    business_date: str = ""
    receipt: str = ""
    #: "" = that of the products.
    currency: str = ""
    channel: str = "store"
    codes: tuple[str, ...] = ()
    #: Points that the buyer wants to pay with.
    points: Decimal = Decimal(0)
    #: What the till charged, minor units; None = it asks us.
    total: int | None = None
    #: (kind, minor units): how it was paid, as far as the till says.
    tenders: tuple[tuple[str, int], ...] = ()
    is_offline: bool = False
    #: 0 = now.
    occurred_at: int = 0
    #: In which language products are named.
    locale: str = LOCALES[0]

    @property
    def order_id(self) -> str:
        """Return the id of the sale's order: the same receipt is the same order."""
        return order_id_of(self.store, self.terminal, self.business_date, self.receipt)


def order_id_of(store: str, terminal: str, business_date: str, receipt: str) -> str:
    """Return the id of a receipt's order; each part stands there, told or not."""
    return f"pos:{store}:{terminal}:{business_date}:{receipt}"


@dataclass(slots=True)
class _Reading:
    """A body being read, with every problem that was found."""

    given: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, said: Text) -> None:
        """Note a problem."""
        self.problems.append(Problem(path, said))

    def name(self, name: str, *, is_needed: bool) -> str:
        """Return the name of a store, terminal or receipt."""
        found = self.given.get(name)
        if (found is None or found == "") and not is_needed:
            return ""
        if isinstance(found, int) and not isinstance(found, bool):
            # Tills count receipts.
            found = str(found)
        if not isinstance(found, str) or _NAME.fullmatch(found) is None:
            self.wrong(name, text("pos.want_name"))
            return ""
        return found

    def matching(self, name: str, pattern: re.Pattern[str], said: Text) -> str:
        """Return a text of a form; "" where there is none."""
        found = self.given.get(name)
        if found is None or found == "":
            return ""
        if not isinstance(found, str) or pattern.fullmatch(found) is None:
            self.wrong(name, said)
            return ""
        return found


def read_sale(given: Mapping[str, Any], *, needs_receipt: bool) -> Sale | tuple[Problem, ...]:
    """Return the sale that a till sent, or every problem with its path.

    A `basket` as other clients send it may stand in the place of `lines`.
    """
    basket = given.get("basket")
    if isinstance(basket, Mapping):
        given = {**basket, **{name: one for name, one in given.items() if name != "basket"}}
    reading = _Reading(given)
    for name in given:
        if name not in _FIELDS or (name == "basket" and not isinstance(basket, Mapping)):
            reading.wrong(str(name), text("rewards.basket.unknown_field", name=str(name)))
    is_offline = given.get("offline", False)
    if not isinstance(is_offline, bool):
        reading.wrong("offline", text("pos.want_flag"))
    at = _instant(reading)
    total = given.get("total")
    if total is not None and not _is_whole(total, 0, _DEAREST * _MOST_UNITS):
        reading.wrong("total", text("rewards.basket.price"))
    elif total is None and is_offline is True:
        reading.wrong("total", text("pos.offline_total"))
    if is_offline is True and not at and "occurred_at" not in given:
        reading.wrong("occurred_at", text("pos.offline_time"))
    sale = Sale(
        store=reading.name("store", is_needed=needs_receipt),
        terminal=reading.name("terminal", is_needed=False),
        business_date=reading.matching("business_date", _DAY, text("pos.want_day")),
        receipt=reading.name("receipt", is_needed=needs_receipt),
        currency=reading.matching("currency", _CURRENCY, text("rewards.basket.currency")),
        channel=reading.matching("channel", CHANNEL, text("rewards.basket.channel")) or "store",
        lines=_lines(reading),
        codes=_codes(reading),
        points=_points(reading),
        total=total if isinstance(total, int) else None,
        tenders=_tenders(reading),
        is_offline=is_offline is True,
        occurred_at=at,
        locale=given["locale"] if given.get("locale") in LOCALES else LOCALES[0],
    )
    return tuple(reading.problems) or sale


def _lines(reading: _Reading) -> tuple[SaleLine, ...]:
    """Return what is bought."""
    given = reading.given.get("lines")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        reading.wrong("lines", text("rewards.basket.no_lines"))
        return ()
    if len(given) > MOST_SALE_LINES:
        reading.wrong("lines", text("rewards.basket.many_lines", most=MOST_SALE_LINES))
        return ()
    return tuple(_line(reading, one, f"lines[{at}]") for at, one in enumerate(given))


def _line(reading: _Reading, given: object, path: str) -> SaleLine:
    """Return one line; what is wrong is noted."""
    if not isinstance(given, Mapping):
        reading.wrong(path, text("rewards.basket.not_a_map"))
        return SaleLine(1)
    words: dict[str, str] = {}
    for name in given:
        if name not in _LINE:
            said = text("rewards.basket.unknown_field", name=str(name))
            reading.wrong(f"{path}.{name}", said)
    for name in ("barcode", "gtin", "sku", "name", "category", "brand"):
        found = given.get(name) or ""
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        # A scanner sends the separator of GS1 elements (29) as it is.
        most = _LONGEST * (1 + (name == "barcode"))
        if (
            not isinstance(found, str) or len(found) > most
            or not found.replace("\x1d", "").isprintable()
        ):  # fmt: skip
            reading.wrong(f"{path}.{name}", text("rewards.basket.word", most=_LONGEST))
            found = ""
        words[name] = found.strip(" ")
    barcode = words["barcode"] or words["gtin"]
    if not barcode and not words["sku"]:
        reading.wrong(path, text("pos.no_product"))
    quantity = given.get("quantity", 1)
    if not _is_whole(quantity, 1, _MOST_UNITS):
        reading.wrong(f"{path}.quantity", text("rewards.basket.quantity"))
        quantity = 1
    price = given.get("unit_price")
    if price is not None and not _is_whole(price, 0, _DEAREST):
        reading.wrong(f"{path}.unit_price", text("rewards.basket.price"))
        price = None
    return SaleLine(
        quantity, barcode, words["sku"], price, words["name"], words["category"], words["brand"]
    )


def _codes(reading: _Reading) -> tuple[str, ...]:
    """Return the codes that are used, each once."""
    given = reading.given.get("codes") or []
    if not isinstance(given, list) or len(given) > MOST_CODES or not all(
        isinstance(one, str) and 0 < len(one.strip()) <= _LONGEST and one.isprintable()
        for one in given
    ):  # fmt: skip
        reading.wrong("codes", text("pos.want_codes", most=MOST_CODES))
        return ()
    return tuple(dict.fromkeys(one.strip() for one in given))


def _points(reading: _Reading) -> Decimal:
    """Return the points to be used, two digits after the point at most."""
    given = reading.given.get("points")
    if given is None or given == "":
        return Decimal(0)
    try:
        found = Decimal(str(given)) if not isinstance(given, bool) else Decimal(-1)
        is_good = found.is_finite() and 0 <= found <= _MOST_POINTS
        is_good = is_good and found == found.quantize(Decimal("0.01"))
    except InvalidOperation:
        is_good = False
    if not is_good:
        reading.wrong("points", text("pos.want_points"))
        return Decimal(0)
    return found


def _tenders(reading: _Reading) -> tuple[tuple[str, int], ...]:
    """Return how it was paid."""
    given = reading.given.get("tenders") or []
    if not isinstance(given, list) or len(given) > _TENDERS:
        reading.wrong("tenders", text("pos.want_tenders", most=_TENDERS))
        return ()
    found = []
    for at, one in enumerate(given):
        kind = one.get("kind") if isinstance(one, Mapping) else None
        amount = one.get("amount") if isinstance(one, Mapping) else None
        # Two fields only: a card's number must not even be able to come here.
        if (
            not isinstance(one, Mapping) or set(one) - {"kind", "amount"}
            or not isinstance(kind, str) or CHANNEL.fullmatch(kind) is None
            or not _is_whole(amount, 0, _DEAREST * _MOST_UNITS)
        ):  # fmt: skip
            reading.wrong(f"tenders[{at}]", text("pos.want_tender"))
        else:
            assert isinstance(amount, int)
            found.append((kind, amount))
    return tuple(found)


def _instant(reading: _Reading) -> int:
    """Return when it was sold; 0 = now."""
    given = reading.given.get("occurred_at")
    if given is None:
        return 0
    found = as_instant(given) if isinstance(given, str) else None
    if found is None:
        reading.wrong("occurred_at", text("pos.want_instant"))
    return int(found or 0)


def _is_whole(value: object, least: int, most: int) -> bool:
    """Say whether a value is a whole number within bounds; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
