"""The live board for servers: the console's numbers and the events behind them, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.live_board import (
    WINDOWS,
    board_json,
    happened_json,
    live_board,
    live_events,
)
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_DEFAULT: Final = "60"


def _board(call: Call) -> object:
    """Return the numbers of the last minutes."""
    return board_json(live_board(call.world, call.brand_id, _minutes(call)))


def _events(call: Call) -> object:
    """Return the newest events that a number is made of."""
    tile, channel = call.path("tile"), call.ask("channel")
    rows = live_events(call.world, call.brand_id, tile, _minutes(call), channel)
    return {"tile": tile, "events": [happened_json(one) for one in rows]}


def _minutes(call: Call) -> int:
    """Return the window that is asked for, in minutes."""
    asked = call.ask("minutes") or _DEFAULT
    for one in WINDOWS:
        if asked == str(one):
            return one
    said = text("plans.want_choice", choices=", ".join(map(str, WINDOWS)))
    raise BadInput((Problem("minutes", said),))


routes: Final = [
    route("GET", "/v1/live-board", _board),
    route("GET", "/v1/live-board/{tile}", _events),
]
