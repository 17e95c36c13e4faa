"""Where a tag comes from and where it goes, laid out for the page: columns, lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.services.look_at_tags import TagPage

__all__ = ["Graph", "Knot", "lay_out"]

#: The height of a knot with the gap below it, and of the knot itself, in pixels.
_ROW: Final = 54
_KNOT: Final = 44
#: The width of the gap that lines cross.
_GAP: Final = 64


@dataclass(frozen=True, slots=True)
class Knot:
    """One thing of the graph."""

    #: event, trait, tag, segment or journey.
    kind: str
    slug: str
    #: Names by language; none = it is called by its slug.
    name: object
    #: Where it is looked at; "" = nowhere.
    address: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Two columns of knots around the tag, with the lines that join them."""

    sources: Sequence[Knot]
    users: Sequence[Knot]
    height: int
    gap: int
    #: SVG paths from the sources to the tag, and from the tag to its users.
    coming: Sequence[str]
    going: Sequence[str]


def lay_out(found: TagPage) -> Graph:
    """Return the graph of a tag."""
    lineage = found.row.tag.lineage
    own = found.row.tag.slug
    sources = [
        *(Knot("event", name, "", "/plan") for name in found.events),
        *(Knot("trait", name, "", "") for name in sorted(lineage.traits)),
        *(
            Knot("tag", slug, name, "" if slug == own else f"/tags/{slug}")
            for slug, name in found.reads.items()
        ),
    ]
    users = [Knot(one.kind, one.slug, one.name, f"/{one.kind}s/{one.slug}") for one in found.users]
    height = max(len(sources), len(users), 1) * _ROW - (_ROW - _KNOT)
    middle = height / 2
    coming = [_line(y, middle) for y in _heights(len(sources), height)]
    going = [_line(middle, y) for y in _heights(len(users), height)]
    return Graph(sources, users, height, _GAP, coming, going)


def _heights(n: int, height: int) -> list[float]:
    """Return where the middles of so many knots are, the column centred."""
    top = (height - (n * _ROW - (_ROW - _KNOT))) / 2
    return [top + number * _ROW + _KNOT / 2 for number in range(n)]


def _line(start: float, end: float) -> str:
    """Return a soft line from the left edge to the right one."""
    half = _GAP / 2
    return f"M0 {start:g}C{half:g} {start:g} {half:g} {end:g} {_GAP} {end:g}"
