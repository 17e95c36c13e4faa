"""Why, for servers: every decision about a person at a moment, as data."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.services.tell_why import why_json
from huiliu.services.why import look_into, why_message
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _person(call: Call) -> object:
    """Return what was decided about a person; `at` and `journey` ask for less."""
    profile = parse_profile_id(call.path("profile"))
    if profile is None:
        raise NotFound("profile", call.path("profile"))
    written = call.ask("at")
    at = as_instant(written) if written else None
    if written and at is None:
        raise BadInput((Problem("at", text("journeys.no_date", written=written)),))
    return why_json(look_into(call.world, call.brand_id, profile, at, call.ask("journey")), "en")


def _message(call: Call) -> object:
    """Return the decisions that led to one message."""
    try:
        message_id = bytes.fromhex(call.path("message"))
    except ValueError as fault:
        raise NotFound("message", call.path("message")) from fault
    return why_json(why_message(call.world, call.brand_id, message_id), "en")


routes: Final = [
    route("GET", "/v1/profiles/{profile}/why", _person),
    route("GET", "/v1/messages/{message}/why", _message),
]
