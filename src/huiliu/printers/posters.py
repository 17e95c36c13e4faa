"""Posters, table cards and stickers with a code to scan, as PDF to print and PNG to pass on."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import Final

import segno

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.printers.typesetting import FONT, Kind, missing_letters, typeset

__all__ = ["POSTER_KINDS", "SIZES", "Poster", "code_picture", "print_poster"]

POSTER_KINDS: Final = MappingProxyType({"pdf": "application/pdf", "png": "image/png"})
_PICTURES: Final = MappingProxyType({"png": "image/png", "svg": "image/svg+xml"})
#: Size -> width and height in millimetres, and how wide the code is of the narrower side.
SIZES: Final = MappingProxyType({
    "a4": (210, 297, 0.56), "a5": (148, 210, 0.56), "card": (100, 150, 0.6),
    "sticker": (60, 80, 0.72),
})  # fmt: skip
_DOTS_AN_INCH: Final = {"a4": 150.0, "a5": 200.0, "card": 250.0, "sticker": 300.0}
_LONGEST: Final = {"title": 40, "words": 120, "hint": 60, "brand": 40, "foot": 80}
_SOURCE: Final = """
#let data = sys.inputs
#let wide = float(data.width) * 1mm
#let high = float(data.height) * 1mm
#let unit = wide / 100
#set page(width: wide, height: high, margin: (x: unit * 8, top: unit * 9, bottom: unit * 6))
#set text(font: data.font, lang: data.lang, size: unit * 3.6, fill: rgb("#1d2129"))
#set par(leading: 0.6em, justify: false)
#set align(center)
#if data.brand != "" { text(size: unit * 4.2, tracking: 0.06em, fill: rgb("#4e5969"))[#data.brand] }
#v(1fr)
#text(size: unit * float(data.title_size), stroke: unit * 0.16 + rgb("#1d2129"))[#data.title]
#v(unit * 1.2)
#if data.words != "" { text(size: unit * 4.4, fill: rgb("#4e5969"))[#data.words] }
#v(1fr)
#box(inset: unit * 3, radius: unit * 3, stroke: unit * 0.3 + rgb("#c9cdd4"), fill: white,
  image(bytes(data.code), format: "svg", width: unit * float(data.code_width)))
#v(unit * 1)
#if data.hint != "" { text(size: unit * 4.2)[#data.hint] }
#v(1fr)
#if data.foot != "" { text(size: unit * 2.4, fill: rgb("#86909c"))[#data.foot] }
"""


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on a poster."""

    #: What its code says.
    address: str
    title: str
    words: str = ""
    #: Under the code: what to do with it.
    hint: str = ""
    brand: str = ""
    #: Small, at the bottom: which code it is, for those who hang it up.
    foot: str = ""
    size: str = "a4"
    locale: str = "zh-CN"


def print_poster(poster: Poster, kind: str) -> tuple[bytes, str]:
    """Return a poster and its media type.

    Raises:
        NotFound: there is no such size or kind.
        BadInput: words that are too long, or that the font cannot write.
    """
    if kind not in POSTER_KINDS:
        raise NotFound("kind of poster", kind)
    if poster.size not in SIZES:
        raise NotFound("size of poster", poster.size)
    if problems := _problems(poster):
        raise BadInput(tuple(problems))
    width, height, share = SIZES[poster.size]
    inputs = {
        "width": str(width), "height": str(height), "font": FONT, "lang": poster.locale[:2],
        "title": poster.title, "words": poster.words, "hint": poster.hint, "brand": poster.brand,
        "foot": poster.foot, "code_width": str(share * 100),
        "title_size": "9" if len(poster.title) <= 9 else "7" if len(poster.title) <= 20 else "5.6",
        "code": _svg(poster.address),
    }  # fmt: skip
    chosen: Kind = "pdf" if kind == "pdf" else "png"
    made = typeset(_SOURCE, inputs, kind=chosen, ppi=_DOTS_AN_INCH[poster.size])
    return made, POSTER_KINDS[kind]


def code_picture(address: str, kind: str) -> tuple[bytes, str]:
    """Return the picture of a code by itself and its media type; raise NotFound for other kinds."""
    if kind not in _PICTURES:
        raise NotFound("picture", kind)
    out = BytesIO()
    scale = 12 if kind == "png" else 4
    segno.make(address, error="q", micro=False).save(out, kind=kind, scale=scale, border=4)
    return out.getvalue(), _PICTURES[kind]


def _svg(address: str) -> str:
    """Return a code as SVG; a quarter of what is printed may be dirty or torn."""
    out = BytesIO()
    segno.make(address, error="q", micro=False).save(
        out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True
    )  # fmt: skip
    return out.getvalue().decode()


def _problems(poster: Poster) -> list[Problem]:
    """Return what is wrong with the words of a poster."""
    found = []
    if not poster.title.strip():
        found.append(Problem("title", text("qr.name", longest=_LONGEST["title"])))
    for field, longest in _LONGEST.items():
        said = str(getattr(poster, field))
        if len(said) > longest:
            found.append(Problem(field, text("qr.name", longest=longest)))
        elif lacking := missing_letters(said):
            found.append(Problem(field, text("poster.letters", letters=lacking)))
    return found
