"""What a publish dialog or a server says about the people in flight, as the plan that it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException

from huiliu.journeys.carrying import DRAIN, PIN, InFlight

__all__ = ["read_plan", "read_plan_fields"]

_TO: Final = "to."
_ANEW: Final = "anew."


def read_plan(given: str) -> InFlight:
    """Return the plan of a dialog's fields, sent as one JSON object; nothing sent means pin.

    Raises:
        HTTPException: 400, as it is no such object.
    """
    if not given:
        return PIN
    try:
        fields = msgspec.json.decode(given.encode(), type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise HTTPException(400) from fault
    return read_plan_fields(fields)


def read_plan_fields(fields: Mapping[str, Any]) -> InFlight:
    """Return the plan of `way`, `to.<node>` and `anew.<node>`."""
    way = str(fields.get("way") or "pin")
    if way == "drain":
        return DRAIN
    if way != "migrate":
        # An unknown word stays what it is: publishing refuses it with a sentence.
        return PIN if way == "pin" else InFlight(way)
    moves = {
        name.removeprefix(_TO): str(to)
        for name, to in fields.items()
        if name.startswith(_TO) and to
    }
    anew = frozenset(
        name.removeprefix(_ANEW) for name, on in fields.items() if on and name.startswith(_ANEW)
    )
    return InFlight("migrate", moves, anew)
