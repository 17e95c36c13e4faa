"""Where a value says that something is: an object with a latitude and a longitude in degrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis

from huiliu.conditions.bound import bound
from huiliu.conditions.population import Cell, number_literal
from huiliu.conditions.values import as_number
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import Arithmetic, Point

__all__ = ["COLUMNS", "at_place", "place"]

_LAT = ("lat", "latitude")
_LON = ("lon", "lng", "longitude")

#: Arithmetic of an engine's columns.
COLUMNS = Arithmetic(number_literal, lambda number: number.abs(), bound)


def place(value: Value) -> Point | None:
    """Return the place, or None where the value is none on the globe."""
    if not isinstance(value, Mapping):
        return None
    lat, lon = _first(value, _LAT), _first(value, _LON)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return Point(lat, lon)


def at_place(
    cell: Cell,
    is_near: Callable[[ibis.Value, ibis.Value], ibis.Value],
    holds: Callable[[ibis.Value, ibis.Value], ibis.Value],
) -> ibis.Value:
    """Return whether a cell's place passes, never null; both tests take latitude and longitude.

    Args:
        cell: where the place stands; what is no place on the globe passes nothing.
        is_near: a cheap test that whatever passes the other surely passes.
        holds: what is asked of those that passed it.
    """
    lat, lon = (ibis.coalesce(*(cell.under(key).number() for key in keys)) for keys in (_LAT, _LON))

    def tested(at: ibis.Value) -> ibis.Value:
        """Return whether one place passes."""
        on_globe = (at.lat.abs() <= 90) & (at.lon.abs() <= 180)
        asked = (on_globe & is_near(at.lat, at.lon)).fill_null(False)
        return ibis.ifelse(asked, holds(at.lat, at.lon), ibis.literal(False))

    return bound(ibis.struct({"lat": lat, "lon": lon}), tested).fill_null(False)


def _first(value: Mapping[str, Value], keys: tuple[str, ...]) -> float | None:
    """Return the number under the first key that has one."""
    found = (as_number(value.get(key)) for key in keys)
    return next((one for one in found if one is not None), None)
