"""Where a point lies: circles and polygons on the globe, in arithmetic that every engine shares.

Sines of different machines differ in their last bits. So a sine is a polynomial here: sums and
products of doubles mean the same everywhere. One formula serves floats and columns of an engine,
whoever brings the numbers brings the `Arithmetic` they are computed with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = [
    "FLOATS",
    "HALF_ROUND_KM",
    "MOST_VERTICES",
    "Arithmetic",
    "Circle",
    "Edge",
    "Point",
    "Polygon",
    "crosses",
    "encloses",
]

#: A float, or whatever stands for one in an expression.
Number: TypeAlias = Any  # engines' columns have operators, and no common type

EARTH_KM: Final = 6371.0088
HALF_ROUND_KM: Final = 20_015.2
MOST_VERTICES: Final = 200

#: The series of the sine over an angle in radians up to a right angle: wrong by 1e-15 at most.
_SERIES: Final = tuple((-1) ** n / math.factorial(2 * n + 1) for n in range(10, -1, -1))
_RADIANS: Final = math.pi / 180


class Arithmetic(NamedTuple):
    """What a formula needs beside operators."""

    #: Makes a constant.
    number: Callable[[float], Number]
    absolute: Callable[[Number], Number]


#: Arithmetic of Python's floats.
FLOATS: Final = Arithmetic(float, abs)


class Point(NamedTuple):
    """A place in degrees."""

    lat: float
    lon: float


def _sine(degrees: Number, with_: Arithmetic) -> Number:
    """Return the sine of an angle from -90 to 90 degrees."""
    number = with_.number
    angle = degrees * number(_RADIANS)
    square = angle * angle
    total = number(_SERIES[0])
    for factor in _SERIES[1:]:
        total = total * square + number(factor)
    return angle * total


@dataclass(frozen=True, slots=True)
class Circle:
    """All places within a distance of a centre."""

    centre: Point
    km: float

    def holds(self, lat: Number, lon: Number, with_: Arithmetic = FLOATS) -> Number:
        """Say whether a place lies in it, its edge included: the haversine formula."""
        number, absolute = with_.number, with_.absolute
        up = _sine((lat - number(self.centre.lat)) * number(0.5), with_)
        # Half the difference of longitudes, 0 to 180, folded to a right angle: sines agree.
        across = absolute(lon - number(self.centre.lon)) * number(0.5)
        aside = _sine(number(90.0) - absolute(across - number(90.0)), with_)
        cosine = _sine(number(90.0) - absolute(lat), with_)
        squares = up * up + cosine * number(self._cosine()) * (aside * aside)
        return squares <= number(self._reach())

    def _cosine(self) -> float:
        """Return the cosine of the centre's latitude."""
        return float(_sine(90.0 - abs(self.centre.lat), FLOATS))

    def _reach(self) -> float:
        """Return the haversine of the distance; half round the globe is everywhere."""
        if self.km >= HALF_ROUND_KM:
            return 2.0
        return math.sin(self.km / (2 * EARTH_KM)) ** 2


class Edge(NamedTuple):
    """One side of a polygon: west of `slope * lat + start` while south <= lat < north."""

    south: float
    north: float
    slope: float
    start: float


@dataclass(frozen=True)
class Polygon:
    """All places inside a closed line; straight on a map of degrees, as fences are drawn."""

    #: The last is joined to the first.
    vertices: tuple[Point, ...]

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Return the sides that run north or south; a ray along a latitude meets no others."""
        found = []
        for one, other in zip(self.vertices, (*self.vertices[1:], self.vertices[0]), strict=True):
            if one.lat != other.lat:
                low, high = (one, other) if one.lat < other.lat else (other, one)
                slope = (high.lon - low.lon) / (high.lat - low.lat)
                found.append(Edge(low.lat, high.lat, slope, low.lon - slope * low.lat))
        return tuple(found)

    @cached_property
    def box(self) -> tuple[Point, Point]:
        """Return the south-west and north-east corners of the box around it."""
        lats, lons = zip(*self.vertices, strict=True)
        return Point(min(lats), min(lons)), Point(max(lats), max(lons))

    def holds(self, lat: float, lon: float) -> bool:
        """Say whether a place lies inside: a ray to the east meets an odd number of sides.

        A place on a southern or western side lies inside, on a northern or eastern one outside,
        so of two neighbours exactly one holds the border.
        """
        low, high = self.box
        if not (low.lat <= lat <= high.lat and low.lon <= lon <= high.lon):
            return False
        return sum(crosses(edge, lat, lon) for edge in self.edges) % 2 == 1


def crosses(edge: Edge, lat: float, lon: float) -> bool:
    """Say whether a ray to the east meets the side."""
    return edge.south <= lat < edge.north and lon < edge.slope * lat + edge.start


def encloses(vertices: Iterable[Point]) -> bool:
    """Say whether a closed line can hold anything at all: it does not lie along one line."""
    kept = set(vertices)
    return len({one.lat for one in kept}) > 1 and len({one.lon for one in kept}) > 1
