"""A white paper before it is printed: sections of words, tiles, tables and charts, ready to read.

Everything in it is in one language already. The same facts make the same paper, and the same paper
the same file: nothing here knows what time it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal

__all__ = [
    "Block",
    "Cell",
    "Chart",
    "Column",
    "Findings",
    "Origin",
    "Paper",
    "Section",
    "Table",
    "Tile",
    "Tiles",
    "Words",
    "data_version",
    "paper_json",
]

#: Letters of a hash that are printed.
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the figures of a block come from: printed below it."""

    #: The command or service that gives the same figures.
    query: str
    #: How they and their intervals are computed.
    method: str
    #: Things that were counted; None = it has no one number.
    n: int | None = None
    #: The days, where they are others than the paper's.
    days: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; `unknown` says what cannot be told, `note` explains."""

    kind: ClassVar[str] = "words"
    words: str
    tone: Literal["plain", "unknown", "note", "warning"] = "plain"


@dataclass(frozen=True, slots=True)
class Findings:
    """Sentences one below the other, the weightiest first."""

    kind: ClassVar[str] = "findings"
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure, large."""

    label: str
    value: str
    #: Its interval and n, in words.
    beneath: str = ""
    #: Against the quarter before; "" = not known.
    change: str = ""
    #: good, bad or even: how the change is coloured.
    tone: str = "even"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    kind: ClassVar[str] = "tiles"
    tiles: Sequence[Tile]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    label: str
    is_number: bool = True
    #: How wide, against the others.
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a second, smaller line: an interval, or from how many things."""

    words: str
    beneath: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below each other; the first column names them."""

    kind: ClassVar[str] = "table"
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | str]]
    origin: Origin
    #: The last row is the sum of the others.
    has_total: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture drawn from an option of ECharts, the same as on the page."""

    kind: ClassVar[str] = "chart"
    title: str
    option: Mapping[str, Any]
    origin: Origin
    #: Of its width.
    height: float = 0.36
    #: It takes half the width: two that follow each other stand side by side.
    is_half: bool = False


Block = Words | Findings | Tiles | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its title and what stands in it."""

    name: str
    title: str
    blocks: Sequence[Block]
    #: One sentence beneath the title.
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole white paper."""

    title: str
    brand: str
    quarter: str
    locale: str
    #: The days it covers, in words.
    days: str
    #: Up to which event of the log it looks.
    snapshot: str
    #: Of all facts in it: the same version is the same file.
    version: str
    sections: Sequence[Section]
    #: Fixed words of the layout, by name: "figure", "table", "query" ...
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def data_version(sections: Sequence[Section], snapshot: str) -> str:
    """Return the hash of everything that a paper tells."""
    told = json.dumps([_section(one) for one in sections], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{snapshot}\n{told}".encode()).hexdigest()[:_SHOWN]


def paper_json(paper: Paper) -> dict[str, Any]:
    """Return a paper as plain values."""
    return {
        "title": paper.title, "brand": paper.brand, "quarter": paper.quarter,
        "locale": paper.locale, "days": paper.days, "snapshot": paper.snapshot,
        "version": paper.version, "words": dict(paper.words),
        "sections": [_section(one) for one in paper.sections],
    }  # fmt: skip


def _section(section: Section) -> dict[str, Any]:
    """Return a section as plain values."""
    return {
        "name": section.name, "title": section.title, "lead": section.lead,
        "blocks": [{"kind": one.kind, **_block(one)} for one in section.blocks],
    }  # fmt: skip


def _block(block: Block) -> dict[str, Any]:
    """Return a block as plain values; a cell of words alone becomes one without a second line."""
    made = asdict(block)
    if isinstance(block, Table):
        made["rows"] = [
            [asdict(Cell(one)) if isinstance(one, str) else asdict(one) for one in row]
            for row in block.rows
        ]
    return made
