"""Prints white papers: charts drawn with ECharts, pages set with typst."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from huiliu.printers.charts import Draughtsman
from huiliu.printers.typesetting import typeset
from huiliu.reports.paper import Paper, paper_json

__all__ = ["Printer"]

#: Dots across the page that a chart is laid out for: letters keep their size on paper.
_WIDE: Final = 660
_HALF: Final = 400
_TEMPLATE: Final = "white_paper.typ"


class Printer:
    """Makes PDF files."""

    def print(self, paper: Paper) -> bytes:
        """Return a paper as PDF; the same paper is the same bytes."""
        tree = paper_json(paper)
        pictures = _draw(tree)
        for section in tree["sections"]:
            section["blocks"] = _paired(section["blocks"])
        source = (files("huiliu") / "printers" / _TEMPLATE).read_text("utf-8")
        data = json.dumps(tree, ensure_ascii=False, sort_keys=True).encode()
        return typeset(source, {}, {"paper.json": data, **pictures})


def _draw(tree: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the pictures by name; in each chart its option gives way to the name."""
    drawn: dict[str, bytes] = {}
    draughtsman: Draughtsman | None = None
    for section in tree["sections"]:
        for block in section["blocks"]:
            origin = block.get("origin")
            if origin and origin["n"] is not None:
                origin["n"] = f"{origin['n']:,}"
            if block["kind"] != "chart":
                continue
            draughtsman = draughtsman or Draughtsman()
            name = f"chart-{len(drawn) + 1}.svg"
            width = _HALF if block["is_half"] else _WIDE
            drawn[name] = draughtsman.draw(
                block.pop("option"), width, round(width * block["height"])
            ).encode()
            block["picture"] = name
    return drawn


def _paired(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the blocks of a section, two narrow charts in a row as one."""
    made: list[dict[str, Any]] = []
    for block in blocks:
        before = made[-1] if made else {}
        if block.get("is_half") and before.get("is_half"):
            made[-1] = {"kind": "pair", "charts": [before, block]}
        else:
            made.append(block)
    return made
