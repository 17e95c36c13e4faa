"""Draws the card of an invite: whose brand it is, what it is about, and a code that leads there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

import segno

from huiliu.printers.typesetting import typeset

__all__ = ["draw_invite_card"]

#: 375 points at 144 dots an inch: 750 dots, as wide as phones show a picture sharply.
_PPI: Final = 144.0
_CARD: Final = """\
#set page(width: 375pt, height: auto, margin: 0pt, fill: rgb("#f3f5fb"))
#set text(font: "Huiliu Sans SC", size: 14pt, fill: rgb("#1f2937"), lang: "zh")
#set par(leading: 0.66em)
#pad(24pt, block(fill: white, radius: 16pt, inset: 24pt, width: 100%, align(center, stack(
  spacing: 16pt,
  text(size: 12pt, fill: rgb("#6b7280"), sys.inputs.brand),
  text(size: 22pt, weight: "bold", sys.inputs.title),
  if sys.inputs.words != "" { text(size: 13pt, fill: rgb("#4b5563"), sys.inputs.words) },
  image("code.svg", width: 190pt),
  text(size: 12pt, fill: rgb("#6b7280"), sys.inputs.hint),
))))
"""


def draw_invite_card(words: Mapping[str, str], url: str) -> bytes:
    """Return the PNG of a card.

    Args:
        words: `brand`, `title`, `words` and `hint`; nothing in them is markup.
        url: where its code leads.
    """
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=2, xmldecl=True)
    said = {name: words.get(name, "") for name in ("brand", "title", "words", "hint")}
    return typeset(_CARD, said, {"code.svg": drawn.getvalue()}, "png", _PPI)
