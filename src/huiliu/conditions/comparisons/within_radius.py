"""`within_radius`: a place no further from a centre than so many kilometres."""

from __future__ import annotations

from collections.abc import Mapping

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant
from huiliu.conditions.comparisons.places import COLUMNS, at_place, place
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import as_number
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import HALF_ROUND_KM, Circle, Point
from huiliu.kernel.texts import Text, text

__all__ = ["WITHIN_RADIUS"]

_LIMITS = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "km": (0.0, HALF_ROUND_KM)}


def _parse(raw: object, path: str, reading: Reading) -> Constant | None:
    """Return the circle of `{lat: 31.23, lon: 121.47, km: 5}`."""
    if not isinstance(raw, Mapping):
        reading.fault(path, "want_circle")
        return None
    reading.refuse_unknown(raw, frozenset(_LIMITS), path)
    found = {}
    for key, (low, high) in _LIMITS.items():
        number = as_number(raw.get(key))
        if number is None or not low <= number <= high:
            reading.fault(f"{path}.{key}", "want_degrees", low=f"{low:g}", high=f"{high:g}")
        else:
            found[key] = number
    if len(found) < len(_LIMITS):
        return None
    return Circle(Point(found["lat"], found["lon"]), found["km"])


def _circle(constant: Constant) -> Circle:
    """Return the circle that the parser let through."""
    assert isinstance(constant, Circle), "the parser let only circles through"
    return constant


def _holds(value: Value, constant: Constant, _when: When) -> bool:
    """Say whether the place lies in the circle; false where the value is no place."""
    found = place(value)
    return found is not None and bool(_circle(constant).holds(found.lat, found.lon))


def _among(cell: Cell, constant: Constant, _scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    circle = _circle(constant)
    return at_place(
        cell,
        lambda lat, lon: circle.is_near(lat, lon, COLUMNS),
        lambda lat, lon: circle.holds(lat, lon, COLUMNS),
    )


def _write(constant: Constant) -> object:
    """Return the circle as a document writes it."""
    circle = _circle(constant)
    return {"lat": circle.centre.lat, "lon": circle.centre.lon, "km": circle.km}


def _show(constant: Constant) -> Text:
    """Return the circle in words."""
    circle = _circle(constant)
    return text(
        "conditions.circle",
        km=f"{circle.km:g}",
        lat=f"{circle.centre.lat:g}",
        lon=f"{circle.centre.lon:g}",
    )


WITHIN_RADIUS = Comparison(
    "within_radius",
    _parse,
    _holds,
    _among,
    by_content=True,
    form=Field(
        "",
        "map",
        fields=(
            Field("lat", "number", needed=True),
            Field("lon", "number", needed=True),
            Field("km", "number", needed=True, start=5),
        ),
    ),
    write=_write,
    show=_show,
)
