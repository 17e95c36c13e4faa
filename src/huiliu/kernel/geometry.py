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
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = [
    "FIXED",
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
    "fixed",
]

#: A float, or whatever stands for one in an expression.
Number: TypeAlias = Any  # engines' columns have operators, and no common type

EARTH_KM: Final = 6371.0088
HALF_ROUND_KM: Final = 20_015.2
MOST_VERTICES: Final = 200
#: Parts of a degree in which sides of polygons are compared.
FIXED: Final = 10_000_000

#: The series of the sine over an angle in radians up to a right angle: wrong by 1e-15 at most.
_SERIES: Final = tuple((-1) ** n / math.factorial(2 * n + 1) for n in range(9, -1, -1))
#: Degrees by which boxes are wider than they need be: what rounding does is far less.
_MARGIN: Final = 1e-6
_RADIANS: Final = math.pi / 180


class Arithmetic(NamedTuple):
    """What a formula needs beside operators."""

    #: Makes a constant.
    number: Callable[[float], Number]
    absolute: Callable[[Number], Number]
    #: Hands a value that is named more than once to what is made of it.
    once: Callable[[Number, Callable[[Number], Number]], Number]


#: Arithmetic of Python's floats.
FLOATS: Final = Arithmetic(float, abs, lambda value, make: make(value))


class Point(NamedTuple):
    """A place in degrees."""

    lat: float
    lon: float


def _sine(degrees: Number, with_: Arithmetic) -> Number:
    """Return the sine of an angle from -90 to 90 degrees."""

    def series(square: Number) -> Number:
        """Return the sine divided by the angle, from the angle's square."""
        total = with_.number(_SERIES[0])
        for factor in _SERIES[1:]:
            total = total * square + with_.number(factor)
        return total

    def sine(angle: Number) -> Number:
        """Return the sine of an angle in radians."""
        return angle * with_.once(angle * angle, series)

    return with_.once(degrees * with_.number(_RADIANS), sine)


def _square(value: Number) -> Number:
    """Return the value times itself."""
    return value * value


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
        along = with_.once(aside, _square) * cosine * number(self._cosine())
        squares = with_.once(up, _square) + along
        return squares <= number(self._reach())

    def is_near(self, lat: Number, lon: Number, with_: Arithmetic = FLOATS) -> Number:
        """Say whether a place lies in a box around the circle; whatever it holds does."""
        number, absolute = with_.number, with_.absolute
        reach = math.degrees(self.km / EARTH_KM) + _MARGIN
        near = absolute(lat - number(self.centre.lat)) <= number(reach)
        if abs(self.centre.lat) + reach >= 90:
            return near
        wide = math.sin(math.radians(reach)) / math.cos(math.radians(self.centre.lat))
        aside = math.degrees(math.asin(min(1.0, wide))) + _MARGIN
        apart = absolute(lon - number(self.centre.lon))
        # Around the date line the shorter way is the other one.
        return near & ((apart <= number(aside)) | (apart >= number(360.0 - aside)))

    def _cosine(self) -> float:
        """Return the cosine of the centre's latitude."""
        return float(_sine(90.0 - abs(self.centre.lat), FLOATS))

    def _reach(self) -> float:
        """Return the haversine of the distance; half round the globe is everywhere."""
        if self.km >= HALF_ROUND_KM:
            return 2.0
        return math.sin(self.km / (2 * EARTH_KM)) ** 2


def fixed(degrees: float) -> int:
    """Return degrees in whole ten-millionths, a centimetre on the ground, half up."""
    return math.floor(degrees * FIXED + 0.5)


class Edge(NamedTuple):
    """One side of a polygon, from its southern end to its northern one, in ten-millionths."""

    south: int
    north: int
    #: The longitudes of the two ends.
    first: int
    last: int


@dataclass(frozen=True)
class Polygon:
    """All places inside a closed line; straight on a map of degrees, as fences are drawn.

    Its sides are compared with places in whole numbers, which no engine rounds.
    """

    #: The last is joined to the first.
    vertices: tuple[Point, ...]

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Return the sides that run north or south; a ray along a latitude meets no others."""
        found = []
        corners = [(fixed(one.lat), fixed(one.lon)) for one in self.vertices]
        for one, other in pairwise([*corners, corners[0]]):
            if one[0] != other[0]:
                low, high = min(one, other), max(one, other)
                found.append(Edge(low[0], high[0], low[1], high[1]))
        return tuple(found)

    @cached_property
    def box(self) -> tuple[Point, Point]:
        """Return the south-west and north-east corners of a box around it, rounding included."""
        lats, lons = zip(*self.vertices, strict=True)
        margin = 1 / FIXED
        return (
            Point(min(lats) - margin, min(lons) - margin),
            Point(max(lats) + margin, max(lons) + margin),
        )

    def holds(self, lat: float, lon: float) -> bool:
        """Say whether a place lies inside: a ray to the east meets an odd number of sides.

        A place on a southern or western side lies inside, on a northern or eastern one outside,
        so of two neighbours exactly one holds the border.
        """
        low, high = self.box
        if not (low.lat <= lat <= high.lat and low.lon <= lon <= high.lon):
            return False
        up, across = fixed(lat), fixed(lon)
        return sum(crosses(edge, up, across) for edge in self.edges) % 2 == 1


def crosses(edge: Edge, lat: int, lon: int) -> bool:
    """Say whether a ray to the east meets the side; all in ten-millionths, so within 64 bits."""
    return edge.south <= lat < edge.north and (
        (lon - edge.first) * (edge.north - edge.south)
        < (lat - edge.south) * (edge.last - edge.first)
    )


def encloses(vertices: Iterable[Point]) -> bool:
    """Say whether a closed line can hold anything at all: it does not lie along one line."""
    kept = set(vertices)
    return len({one.lat for one in kept}) > 1 and len({one.lon for one in kept}) > 1
