"""What a scanner, a camera or a hand typed off a product: its number, whatever the form.

One product carries its number in many ways: thirteen digits under the lines, eight on a small pack,
twelve in America, a string of GS1 elements with lot and date, or an address that is a GS1 Digital
Link. All of them say the same fourteen digits. Source: GS1 General Specifications; GS1 Digital Link
Standard: URI Syntax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import biip
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin

__all__ = ["Barcode", "read_barcode"]

_LONGEST: Final = 500
#: Digits -> what such a barcode is called.
_FORMS: Final = {8: "ean_8", 12: "upc_a", 13: "ean_13", 14: "gtin_14"}
_GTIN, _LOT, _EXPIRES, _SERIAL = "01", "10", "17", "21"


@dataclass(frozen=True, slots=True)
class Barcode:
    """What a barcode says."""

    #: Fourteen digits, zeros in front.
    gtin: str
    #: ean_13, ean_8, upc_a, upc_e, gtin_14, gs1 or digital_link.
    form: str
    lot: str = ""
    #: YYMMDD as it stands there; "" = it says none.
    expires: str = ""
    serial: str = ""


#: What the library says of a code that it cannot read: a mark of its kind may end in the middle.
_UNREADABLE = (biip.ParseError, ValueError, IndexError, ArithmeticError)


def read_barcode(written: str) -> Barcode | None:
    """Return what a barcode says; None where it names no product, or a digit of it is wrong."""
    said = written.strip()
    if not said or len(said) > _LONGEST:
        return None
    if said.isascii() and said.isdigit() and len(said) in _FORMS:
        return _of_digits(said)
    if said.startswith("("):
        try:
            return _of_elements(GS1Message.parse_hri(said), "gs1")
        except _UNREADABLE:
            return None
    try:
        found = biip.parse(said)
    except _UNREADABLE:
        return None
    if found.gs1_digital_link_uri is not None:
        return _of_elements(found.gs1_digital_link_uri, "digital_link")
    if found.gs1_message is not None:
        return _of_elements(found.gs1_message, "gs1")
    return None


def _of_digits(said: str) -> Barcode | None:
    """Return what plain digits say."""
    try:
        return Barcode(Gtin.parse(said).as_gtin_14(), _FORMS[len(said)])
    except biip.ParseError:
        return None


def _of_elements(message: object, form: str) -> Barcode | None:
    """Return what a list of GS1 elements says."""
    elements = getattr(message, "element_strings", ())
    said = {one.ai.ai: one for one in elements}
    if _GTIN not in said or said[_GTIN].gtin is None:
        return None
    words = {ai: one.value for ai, one in said.items()}
    return Barcode(
        said[_GTIN].gtin.as_gtin_14(), form, words.get(_LOT, ""), words.get(_EXPIRES, ""),
        words.get(_SERIAL, ""),
    )  # fmt: skip
