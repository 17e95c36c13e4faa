"""Draws share cards: the photo, whose brand it is, what it shows, and a code that leads there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

import segno

from huiliu.printers.typesetting import typeset

__all__ = ["draw_card"]

#: 375 points at 144 dots an inch: 750 dots, as wide as phones show a picture sharply.
_PPI: Final = 144.0
_CARD: Final = """\
#set page(width: 375pt, height: auto, margin: 0pt, fill: rgb("#ffffff"))
#set text(font: "Huiliu Sans SC", size: 15pt, fill: rgb("#1f2937"), lang: "zh")
#set par(leading: 0.62em)
#image("still.jpg", width: 375pt, height: 375pt, fit: "cover")
#pad(x: 20pt, top: 6pt, bottom: 20pt, grid(
  columns: (1fr, 92pt), column-gutter: 16pt, align: (left + horizon, center + horizon),
  stack(spacing: 9pt,
    text(size: 12pt, fill: rgb("#6b7280"), sys.inputs.brand),
    text(size: 18pt, weight: "bold", sys.inputs.title),
    text(size: 11pt, fill: rgb("#6b7280"), sys.inputs.hint),
  ),
  image("code.svg", width: 92pt),
))
"""


def draw_card(still: bytes, words: Mapping[str, str], url: str) -> bytes:
    """Return the PNG of a share card.

    Args:
        still: JPEG of the photo.
        words: `brand`, `title` and `hint`; nothing in them is markup.
        url: where its code leads.
    """
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=2, xmldecl=True)
    files = {"still.jpg": still, "code.svg": drawn.getvalue()}
    said = {name: words.get(name, "") for name in ("brand", "title", "hint")}
    return typeset(_CARD, said, files, "png", _PPI)
