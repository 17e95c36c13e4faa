"""Connected shops for servers: what the console's pages of shops do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.shop_store import ShopKey
from huiliu.services.connect_shop import (
    NewShop,
    connect_shop,
    map_statuses,
    poll_shop,
    remove_shop,
    switch_shop,
    test_shop,
)
from huiliu.services.list_shops import as_fields, list_platforms, list_shops, show_shop
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_STATES: Final = {"on": True, "paused": False}


def _platforms(call: Call) -> object:
    """Return what can be connected."""
    return {
        "platforms": [
            {
                "platform": one.name, "evidence": one.evidence.value, "scope": one.scope.value,
                "queue": one.has_queue, "statuses": dict(one.statuses),
                "fields": [
                    {"name": field.name, "secret": field.is_secret, "needed": field.is_needed}
                    for field in one.fields
                ],
            }
            for one in list_platforms(call.world)
        ]
    }  # fmt: skip


def _all(call: Call) -> object:
    """Return every connection."""
    return {"shops": [as_fields(one) for one in list_shops(call.world, call.brand_id)]}


def _one(call: Call) -> object:
    """Return one connection."""
    return as_fields(show_shop(call.world, _key(call)))


def _connect(call: Call) -> object:
    """Store a connection: fields, scope, statuses and days_back in the body."""
    days = call.body.get("days_back", 0)
    if not isinstance(days, int):
        raise BadInput((Problem("days_back", text("api.not_a_number")),))
    scope = call.word("scope") if "scope" in call.body else ""
    new = NewShop(
        call.path("platform"), call.path("shop"), _words(call, "fields"), scope,
        _words(call, "statuses") if "statuses" in call.body else {}, days,
    )  # fmt: skip
    connect_shop(call.world, call.brand_id, new)
    return _one(call)


def _statuses(call: Call) -> object:
    """Replace what the platform's words mean in this shop."""
    map_statuses(call.world, _key(call), _words(call, "statuses"))
    return _one(call)


def _test(call: Call) -> object:
    """Ask the shop who it is."""
    return {"shop": test_shop(call.world, _key(call))}


def _poll(call: Call) -> object:
    """Let the shop be looked through now."""
    poll_shop(call.world, _key(call))
    return _one(call)


def _switch(call: Call) -> object:
    """Pause the shop, or go on with it."""
    state = call.word("state")
    if state not in _STATES:
        raise BadInput((Problem("state", text("shops.one_of", known=", ".join(_STATES))),))
    switch_shop(call.world, _key(call), is_on=_STATES[state])
    return _one(call)


def _remove(call: Call) -> object:
    """Forget the connection."""
    remove_shop(call.world, _key(call))
    return {"removed": True}


def _key(call: Call) -> ShopKey:
    """Return which connection an address is of."""
    return call.brand_id, call.path("platform"), call.path("shop")


def _words(call: Call, name: str) -> dict[str, str]:
    """Return an object of texts in the body; raise BadInput."""
    found = call.body.get(name)
    if not isinstance(found, dict):
        raise BadInput((Problem(name, text("api.not_an_object")),))
    bad = [
        Problem(f"{name}.{key}", text("api.not_a_text"))
        for key, value in found.items()
        if not isinstance(value, str)
    ]
    if bad:
        raise BadInput(tuple(bad))
    return {str(key): str(value) for key, value in found.items()}


_SHOP: Final = "/v1/shops/{platform}/{shop}"

routes: Final = [
    route("GET", "/v1/shops", _all),
    route("GET", "/v1/shops/platforms", _platforms),
    route("GET", _SHOP, _one),
    route("PUT", _SHOP, _connect),
    route("DELETE", _SHOP, _remove),
    route("PUT", f"{_SHOP}/statuses", _statuses),
    route("PUT", f"{_SHOP}/state", _switch),
    route("POST", f"{_SHOP}/test", _test),
    route("POST", f"{_SHOP}/poll", _poll),
]
