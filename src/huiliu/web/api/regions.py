"""Disrupted regions for servers: what the console's page does, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import show_instant
from huiliu.ports.regions import Disruption
from huiliu.services.read_disruption import read_disruption
from huiliu.services.regions import add_disruption, end_disruption, list_disruptions, state_of
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]

_WORDS: Final = ("region", "country", "from", "until", "note")


def _regions(call: Call) -> object:
    """Return disrupted regions, those under way first."""
    return {"regions": [_told(call, one) for one in list_disruptions(call.world, call.brand_id)]}


def _add(call: Call) -> object:
    """Name a region that parcels do not reach."""
    new = read_disruption({name: call.word(name) for name in _WORDS if name in call.body}, "UTC")
    return _told(call, add_disruption(call.world, call.brand_id, new, call.by))


def _end(call: Call) -> object:
    """Say that parcels reach it again."""
    number = read_number(call.path("region"))
    if number is None:
        raise NotFound("region", call.path("region"))
    return _told(call, end_disruption(call.world, call.brand_id, number))


def _told(call: Call, one: Disruption) -> dict[str, object]:
    """Return a disruption as data."""
    return {
        "id": one.disruption_id,
        "region": one.region,
        "country": one.country,
        "from": show_instant(one.starts_at),
        "until": show_instant(one.ends_at) if one.ends_at else None,
        "note": one.note,
        "state": state_of(one, call.world.clock.now()),
        "orders": one.n_orders,
        "created_by": one.created_by,
    }


routes: Final = [
    route("GET", "/v1/regions", _regions),
    route("POST", "/v1/regions", _add),
    route("POST", "/v1/regions/{region}/end", _end),
]
