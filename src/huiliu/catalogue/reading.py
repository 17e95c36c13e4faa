"""Reads what a file's row or a server's object says of a product; everything wrong at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from huiliu.catalogue.product import STATES, Draft
from huiliu.kernel.errors import Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text

__all__ = ["FIELDS", "read_draft"]

#: What an object may say; `name` is one name, `names` several by locale.
FIELDS: Final = (
    "product_id", "name", "names", "sku", "price", "currency", "compare_at", "stock", "category",
    "brand", "link", "image", "images", "state",
)  # fmt: skip
#: What may stand in an address and in a file's cell without being taken for something else.
_ID: Final = re.compile(r"[^\s/\\?#%\x00-\x1f]+")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
#: A price with marks for thousands is read, one that could mean two things is not.
_AMOUNT: Final = re.compile(r"-?\d+(?:\.\d+)?|-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SIGNS: Final = "¥￥$€£ \u00a0"
_LONGEST_ID: Final = 128
_LONGEST_NAME: Final = 500
_LONGEST_LINK: Final = 2_000
_LARGEST: Final = 10**15
_MOST_IMAGES: Final = 20
_DEEPEST_CATEGORY: Final = 8


@dataclass(slots=True)
class _Reading:
    """One object being read."""

    given: Mapping[str, Any]  # as JSON or a row of a file says it
    path: str
    line: int
    currency: str
    problems: list[Problem] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def wrong(self, name: str, key: str, **arguments: object) -> None:
        """Note a problem at a field."""
        path = f"{self.path}.{name}" if self.path else name
        self.problems.append(Problem(path, text(key, **arguments), self.line))

    def word(self, name: str, longest: int) -> str | None:
        """Return a field that is a short text; None = it is not there, or wrong."""
        value = self.given[name]
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or "\0" in value:
            self.wrong(name, "products.not_a_text")
            return None
        value = value.strip()
        if len(value) > longest:
            self.wrong(name, "products.too_long", limit=longest)
            return None
        return value


def read_draft(
    given: Mapping[str, Any],  # as JSON or a row of a file says it
    *,
    path: str = "",
    line: int = 0,
    currency: str = "",
    locale: str = "zh-CN",
) -> tuple[Draft | None, tuple[Problem, ...]]:
    """Return what an object says of a product, and everything that is wrong with it.

    Args:
        given: the fields of `FIELDS`; amounts in major units, as numbers or texts.
        path: where the object stands, for problems.
        line: its line in a file; 0 where there is none.
        currency: of prices that name none.
        locale: the language of `name`.
    """
    reading = _Reading(given, path, line, currency)
    for name in given:
        if name not in FIELDS:
            reading.wrong(str(name), "products.unknown_field", fields=", ".join(FIELDS))
    product_id = _id(reading)
    _names(reading, locale)
    for name, longest in (("sku", _LONGEST_ID), ("brand", _LONGEST_NAME)):
        if name in given and (word := reading.word(name, longest)) is not None:
            reading.found[name] = word
    _money(reading)
    _stock(reading)
    _category(reading)
    _links(reading)
    if "state" in given:
        if given["state"] in STATES:
            reading.found["state"] = given["state"]
        else:
            reading.wrong("state", "products.choice", choices=", ".join(STATES))
    if reading.problems:
        return None, tuple(reading.problems)
    return Draft(product_id=product_id, **reading.found), ()


def _id(reading: _Reading) -> str:
    """Return the product's id."""
    if "product_id" not in reading.given:
        reading.wrong("product_id", "products.no_id")
        return ""
    found = reading.word("product_id", _LONGEST_ID)
    if found == "":
        reading.wrong("product_id", "products.no_id")
    elif found is not None and not _ID.fullmatch(found):
        reading.wrong("product_id", "products.bad_id")
    return found or ""


def _names(reading: _Reading, locale: str) -> None:
    """Read one name, several, or none."""
    names: dict[str, str] = {}
    if "name" in reading.given and (name := reading.word("name", _LONGEST_NAME)):
        names[locale] = name
    several = reading.given.get("names")
    if several is not None:
        if not isinstance(several, Mapping):
            reading.wrong("names", "products.not_names")
            return
        for key, name in several.items():
            if not isinstance(key, str) or not _LOCALE.fullmatch(key):
                reading.wrong(f"names.{key}", "products.not_a_locale")
            elif not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
                reading.wrong(f"names.{key}", "products.too_long", limit=_LONGEST_NAME)
            else:
                names[key] = name.strip()
    if names:
        reading.found["names"] = names


def _money(reading: _Reading) -> None:
    """Read price, price before and currency; an amount without a currency is no amount."""
    given = reading.given
    currency = reading.currency
    if given.get("currency") not in {None, ""}:
        currency = str(given["currency"]).strip().upper()
        if not _CURRENCY.fullmatch(currency):
            reading.wrong("currency", "products.not_a_currency")
            return
    is_priced = False
    for name in ("price", "compare_at"):
        if name not in given:
            continue
        value = given[name]
        if value is None or value == "":
            reading.found[name] = None
            continue
        if not currency:
            reading.wrong(name, "products.no_currency")
            continue
        amount = _amount(value, currency)
        if amount is None:
            reading.wrong(name, "products.not_an_amount")
            continue
        reading.found[name] = amount
        is_priced = True
    if is_priced or given.get("currency") not in {None, ""}:
        reading.found["currency"] = currency


def _amount(value: object, currency: str) -> int | None:
    """Return an amount in minor units; None when it is none, negative or absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    written = str(value).strip(_SIGNS) if isinstance(value, str) else str(value)
    if isinstance(value, str) and not _AMOUNT.fullmatch(written):
        return None
    money = Money.parse(written.replace(",", ""), currency)
    return money.minor if money is not None and 0 <= money.minor <= _LARGEST else None


def _stock(reading: _Reading) -> None:
    """Read the stock; nothing = it is not counted, below nothing = there is none."""
    if "stock" not in reading.given:
        return
    value = reading.given["stock"]
    if value is None or value == "":
        reading.found["stock"] = None
        return
    if isinstance(value, str):
        try:
            value = int(value.strip())
        except ValueError:
            value = None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        reading.wrong("stock", "products.not_a_number")
        return
    reading.found["stock"] = max(value, 0)


def _category(reading: _Reading) -> None:
    """Read a category's path: a list, or a text with `>` or `/` between its parts."""
    value = reading.given.get("category")
    if value is None:
        return
    if isinstance(value, str):
        mark = ">" if ">" in value else "/"
        value = value.split(mark)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        reading.wrong("category", "products.not_a_category")
        return
    parts = tuple(one.strip() for one in value if one.strip())
    if len(parts) > _DEEPEST_CATEGORY or any(len(one) > _LONGEST_ID for one in parts):
        reading.wrong("category", "products.deep_category", limit=_DEEPEST_CATEGORY)
        return
    reading.found["category"] = parts


def _links(reading: _Reading) -> None:
    """Read the page and the pictures: addresses of the web and nothing else."""
    given = reading.given
    if "link" in given:
        link = reading.word("link", _LONGEST_LINK)
        if link is not None and link and not _is_web(link):
            reading.wrong("link", "products.not_a_link")
        elif link is not None:
            reading.found["link"] = link
    pictures = given.get("images", given.get("image"))
    if pictures is None:
        return
    name = "images" if "images" in given else "image"
    if isinstance(pictures, str):
        pictures = pictures.split("|")
    if not isinstance(pictures, list | tuple) or len(pictures) > _MOST_IMAGES:
        reading.wrong(name, "products.not_images", limit=_MOST_IMAGES)
        return
    found = [one.strip() for one in pictures if isinstance(one, str) and one.strip()]
    if any(not _is_web(one) or len(one) > _LONGEST_LINK for one in found):
        reading.wrong(name, "products.not_a_link")
        return
    reading.found["images"] = tuple(found)


def _is_web(written: str) -> bool:
    """Say whether this is an address of the web; others could run something or show a file."""
    try:
        parts = urlsplit(written)
    except ValueError:
        return False
    blank = any(letter <= " " for letter in written)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not blank
