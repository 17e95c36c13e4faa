"""Where a value says that something is: an object with a latitude and a longitude in degrees."""

from __future__ import annotations

from collections.abc import Mapping

import ibis

from huiliu.conditions.population import Cell, number_literal
from huiliu.conditions.values import as_number
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import Arithmetic, Point

__all__ = ["COLUMNS", "place", "place_among"]

_LAT = ("lat", "latitude")
_LON = ("lon", "lng", "longitude")

#: Arithmetic of an engine's columns.
COLUMNS = Arithmetic(number_literal, lambda number: number.abs())


def place(value: Value) -> Point | None:
    """Return the place, or None where the value is none on the globe."""
    if not isinstance(value, Mapping):
        return None
    lat, lon = _first(value, _LAT), _first(value, _LON)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return Point(lat, lon)


def place_among(cell: Cell) -> tuple[ibis.Value, ibis.Value, ibis.Value]:
    """Return latitude, longitude, and whether they are a place on the globe."""
    lat = ibis.coalesce(*(cell.under(key).number() for key in _LAT))
    lon = ibis.coalesce(*(cell.under(key).number() for key in _LON))
    return lat, lon, ((lat.abs() <= 90) & (lon.abs() <= 180)).fill_null(False)


def _first(value: Mapping[str, Value], keys: tuple[str, ...]) -> float | None:
    """Return the number under the first key that has one."""
    found = (as_number(value.get(key)) for key in keys)
    return next((one for one in found if one is not None), None)
