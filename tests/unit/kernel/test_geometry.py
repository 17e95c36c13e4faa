"""Places in circles and polygons, by arithmetic that every engine shares."""

from __future__ import annotations

import math
import random

import pytest

from huiliu.kernel.geometry import Circle, Point, Polygon, encloses

SHANGHAI = Point(31.2304, 121.4737)


def _km(one: Point, other: Point) -> float:
    """Return the distance by the mathematics library."""
    lat, lon, lat2, lon2 = map(math.radians, (*one, *other))
    squares = (
        math.sin((lat2 - lat) / 2) ** 2
        + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    )
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(squares)))


def test_circles_hold_what_the_mathematics_library_says_is_near_enough():
    """Anywhere on the globe, over the date line and the poles; to a millimetre."""
    chance = random.Random(1)
    for _ in range(5_000):
        centre = Point(chance.uniform(-90, 90), chance.uniform(-180, 180))
        if chance.random() < 0.5:
            other = Point(chance.uniform(-90, 90), chance.uniform(-180, 180))
        else:
            other = Point(
                max(-90, min(90, centre.lat + chance.uniform(-0.1, 0.1))),
                (centre.lon + chance.uniform(-0.1, 0.1) + 540) % 360 - 180,
            )
        km = _km(centre, other)
        assert Circle(centre, km * (1 + 1e-7) + 1e-6).holds(*other)
        assert not Circle(centre, max(0.0, km * (1 - 1e-7) - 1e-6)).holds(*other) or km < 2e-6


def test_the_box_around_a_circle_leaves_nothing_out():
    """Whatever a circle holds is near it; so the cheap question may come first."""
    chance = random.Random(2)
    held = 0
    for _ in range(20_000):
        centre = Point(chance.choice((0, 31.2, -60, 89.9, 90, -90)), chance.choice((0, 121, 180)))
        circle = Circle(centre, chance.choice((0.1, 5, 300, 9_000, 20_015.2)))
        spread = math.degrees(circle.km / 6371)
        lat = max(-90, min(90, centre.lat + chance.uniform(-spread, spread)))
        lon = (centre.lon + chance.uniform(-180, 180) * min(1, 3 * spread / 180) + 540) % 360 - 180
        if circle.holds(lat, lon):
            held += 1
            assert circle.is_near(lat, lon)
    assert held > 2_000


def test_a_circle_holds_its_centre_and_half_round_the_globe_everything():
    """The least and the greatest distance."""
    assert Circle(SHANGHAI, 0).holds(*SHANGHAI)
    assert Circle(SHANGHAI, 20_015.2).holds(-31.2304, 121.4737 - 180)


def _square(west: float, south: float) -> Polygon:
    """Return a square of one degree."""
    corners = ((south, west), (south, west + 1), (south + 1, west + 1), (south + 1, west))
    return Polygon(tuple(Point(*corner) for corner in corners))


@pytest.mark.parametrize("lat", [31.0, 31.5, 31.9999999])
@pytest.mark.parametrize("lon", [120.0, 120.5, 121.0, 121.5])
def test_of_two_neighbours_exactly_one_holds_a_place_on_their_border(lat: float, lon: float):
    """Southern and western sides belong to an area, northern and eastern ones to the next."""
    holding = [west for west in (120, 121) if _square(west, 31).holds(lat, lon)]

    assert holding == [math.floor(lon)]


def test_a_place_outside_the_box_is_outside():
    """North, south, east and west of it."""
    square = _square(121, 31)
    assert not any(
        square.holds(*place) for place in ((32.5, 121.5), (30, 121.5), (31.5, 123), (31.5, 119))
    )


def test_what_is_enclosed_twice_is_outside():
    """A five-pointed star drawn in one line has a hole in its middle."""
    points = [(math.sin(n * 4 * math.pi / 5), math.cos(n * 4 * math.pi / 5)) for n in range(5)]
    star = Polygon(tuple(Point(*one) for one in points))

    assert not star.holds(0, 0)
    assert star.holds(0, 0.8)


def test_a_polygon_of_many_corners_agrees_with_the_circle_that_it_draws():
    """Inside and outside of two hundred corners, away from the line itself."""
    chance = random.Random(3)
    ring = Polygon(
        tuple(
            Point(30 + 0.5 * math.sin(n * math.pi / 100), 120 + 0.5 * math.cos(n * math.pi / 100))
            for n in range(200)
        )
    )
    for _ in range(2_000):
        lat, lon = chance.uniform(29, 31), chance.uniform(119, 121)
        away = math.hypot(lat - 30, lon - 120)
        if abs(away - 0.5) > 0.001:
            assert ring.holds(lat, lon) == (away < 0.5)


def test_corners_along_one_line_enclose_nothing():
    """Neither along a latitude nor along a longitude."""
    assert encloses([Point(0, 0), Point(1, 1), Point(0, 2)])
    assert not encloses([Point(0, 0), Point(0, 1), Point(0, 2)])
    assert not encloses([Point(0, 5), Point(1, 5), Point(2, 5)])
