"""Live sessions for servers: what the console's pages do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.content_data import curve_json, live_json, outcome_json
from huiliu.services.content_outcomes import note_live
from huiliu.services.live_sessions import (
    build,
    list_sessions,
    live_url,
    publish_session,
    remove_session,
    show_curve,
    show_session,
)
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _sessions(call: Call) -> object:
    """Return every session in use."""
    return {"sessions": [live_json(one) for one in list_sessions(call.world, call.brand_id)]}


def _show(call: Call) -> object:
    """Return one session and its document."""
    found = show_session(call.world, call.brand_id, call.path("session"))
    return live_json(found) | {"source": found.session.source}


def _publish(call: Call) -> object:
    """Make a session live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish_session(
        call.world, call.brand_id, call.word("source"), call.by,
        expects if type(expects) is int else None,
    )  # fmt: skip
    url = live_url(call.world, call.brand_id, done.slug)
    return {"slug": done.slug, "version": done.version, "new": done.is_new, "url": url}


def _build(call: Call) -> object:
    """Make the booking and its reminders live, or bring them up to date."""
    slug = call.path("session")
    done = build(call.world, call.brand_id, slug, call.by)
    return {
        "url": live_url(call.world, call.brand_id, slug),
        "documents": [
            {"kind": one.kind, "slug": one.slug, "version": one.version, "new": one.is_new}
            for one in done
        ],
    }


def _curve(call: Call) -> object:
    """Return the orders by minute, against the script."""
    return curve_json(show_curve(call.world, call.brand_id, call.path("session")))


def _note(call: Call) -> object:
    """Write down what a session brought, as its platform shows it."""
    given = dict(call.body)
    day = given.pop("day", "")
    if not isinstance(day, str):
        raise BadInput((Problem("day", text("content.no_date")),))
    slug = call.path("session")
    row = note_live(call.world, call.brand_id, slug, given, day=day, source="api", by=call.by)
    return outcome_json(row)


def _remove(call: Call) -> object:
    """Take a session out of use; whoever booked it is not reminded any more."""
    remove_session(call.world, call.brand_id, call.path("session"))
    return {"slug": call.path("session"), "removed": True}


routes: Final = [
    route("GET", "/v1/live", _sessions),
    route("POST", "/v1/live", _publish),
    route("GET", "/v1/live/{session}", _show),
    route("DELETE", "/v1/live/{session}", _remove),
    route("POST", "/v1/live/{session}/build", _build),
    route("GET", "/v1/live/{session}/curve", _curve),
    route("POST", "/v1/live/{session}/outcomes", _note),
]
