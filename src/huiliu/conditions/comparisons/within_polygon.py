"""`within_polygon`: a place inside a closed line of at most 200 corners."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.conditions.bound import bound
from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.places import at_place, place
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell, number_literal
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import as_number
from huiliu.kernel.documents import join_path
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import FIXED, MOST_VERTICES, Edge, Point, Polygon, encloses
from huiliu.kernel.texts import Text, text

__all__ = ["WITHIN_POLYGON"]

_FEWEST = 3
#: So many sides are looked through without halving.
_FEW = 40


def _parse(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return the polygon of `[[121.4, 31.2], [121.5, 31.2], [121.5, 31.3]]`: longitude first."""
    if not isinstance(raw, list | tuple):
        reading.fault(path, "want_polygon", most=MOST_VERTICES)
        return None
    found = [_vertex(one, join_path(path, at), reading) for at, one in enumerate(raw)]
    known = [one for one in found if one is not None]
    if len(known) < len(raw):
        return None
    # Rings are often written with the first corner once more at their end.
    if len(known) > 1 and known[0] == known[-1]:
        known.pop()
    if not _FEWEST <= len(known) <= MOST_VERTICES or not encloses(known):
        reading.fault(path, "want_polygon", most=MOST_VERTICES)
        return None
    return Polygon(tuple(known))


def _vertex(raw: object, path: str, reading: Reading) -> Point | None:
    """Return one corner, or None after noting why not."""
    pair = raw if isinstance(raw, list | tuple) and len(raw) == 2 else (None, None)
    lon, lat = as_number(pair[0]), as_number(pair[1])
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
        reading.fault(path, "want_vertex")
        return None
    return Point(lat, lon)


def _polygon(constant: Constant) -> Polygon:
    """Return the polygon that the parser let through."""
    assert isinstance(constant, Polygon), "the parser let only polygons through"
    return constant


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the place lies inside; false where the value is no place."""
    found = place(value)
    return found is not None and _polygon(constant).holds(found.lat, found.lon)


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`: most places are outside the box and asked no further."""
    polygon = _polygon(constant)
    low, high = polygon.box

    def in_box(lat: ibis.Value, lon: ibis.Value) -> ibis.Value:
        """Return whether a place lies in the box around the polygon."""
        up = (lat >= number_literal(low.lat)) & (lat <= number_literal(high.lat))
        return up & (lon >= number_literal(low.lon)) & (lon <= number_literal(high.lon))

    def inside(lat: ibis.Value, lon: ibis.Value) -> ibis.Value:
        """Return whether a place lies inside."""
        fixed = ibis.struct({"lat": _fixed(lat), "lon": _fixed(lon)})
        return bound(fixed, lambda at: _is_odd(polygon.edges, at.lat, at.lon))

    return at_place(cell, in_box, inside)


def _fixed(degrees: ibis.Value) -> ibis.Value:
    """Return the expression of `geometry.fixed`."""
    return (degrees * number_literal(FIXED) + number_literal(0.5)).floor().cast("int64")


def _is_odd(edges: Sequence[Edge], lat: ibis.Value, lon: ibis.Value) -> ibis.Value:
    """Return whether a ray to the east crosses an odd number of sides.

    Where there are many, a place is asked only about the sides of its own half, and so on.
    """
    if len(edges) > _FEW:
        ends = sorted({end for edge in edges for end in (edge.south, edge.north)})
        middle = ends[len(ends) // 2]
        below = [edge for edge in edges if edge.south < middle]
        above = [edge for edge in edges if edge.north > middle]
        # Long sides stand in both halves; a line to and fro is not made shorter by halving it.
        if max(len(below), len(above)) < len(edges) * 3 // 4:
            is_below = lat < ibis.literal(middle, type="int64")
            return ibis.ifelse(is_below, _is_odd(below, lat, lon), _is_odd(above, lat, lon))
    return _count(edges, lat, lon) % 2 == 1


def _count(edges: Sequence[Edge], lat: ibis.Value, lon: ibis.Value) -> ibis.Value:
    """Return how many sides a ray to the east crosses.

    The sides are four lists of numbers, each one literal: hundreds of comparisons written out
    would take longer to compile than to compute.
    """
    columns = [
        ibis.literal(",".join(map(str, column))).split(",").cast("array<int64>")
        for column in zip(*edges, strict=True)
    ]

    def crosses(edge: ibis.Value) -> ibis.Value:
        """Return the expression of `geometry.crosses`."""
        south, north, first, last = edge.f1, edge.f2, edge.f3, edge.f4
        west = (lon - first) * (north - south) < (lat - south) * (last - first)
        return (lat >= south) & (lat < north) & west

    return columns[0].zip(*columns[1:]).filter(crosses).length()


def _write(constant: Constant) -> object:
    """Return the polygon as a document writes it."""
    return [[one.lon, one.lat] for one in _polygon(constant).vertices]


def _show(constant: Constant) -> Text:
    """Return the polygon in words."""
    return text("conditions.corners", n=len(_polygon(constant).vertices))


WITHIN_POLYGON = Comparison(
    "within_polygon",
    _parse,
    _holds,
    _among,
    by_content=True,
    form=Field("", "points"),
    write=_write,
    show=_show,
)
