"""Destinations for servers: what the console's pages do, behind a key; and contacts that come in.

Contacts come to an address of their own, where the signature of the destination's secret is the
key: other tools cannot be taught ours.
"""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from huiliu.forwarding.destination import Destination
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.destinations import Parked
from huiliu.services.crm_contacts import import_contacts, take_signed
from huiliu.services.destinations import (
    DestinationView,
    destinations,
    discard_dead,
    pause_destination,
    read_file,
    remove_destination,
    replay_destination,
    resume_destination,
    retry_dead,
    save_destination,
    show_destination,
    try_destination,
)
from huiliu.services.outgoing import shown_id
from huiliu.services.read_contacts import ContactsTaken
from huiliu.web.api.calls import Call, route
from huiliu.web.security import check_words, read_body

__all__ = ["crm_routes", "routes"]

_LARGEST_CONTACTS: Final = 2 * 1024 * 1024
_LARGEST_FILE: Final = 20 * 1024 * 1024
_MOST_BAD: Final = 1_000


def _all(call: Call) -> object:
    """Return every destination."""
    return {"destinations": [_told(one) for one in destinations(call.world, call.brand_id)]}


def _one(call: Call) -> object:
    """Return one destination with what waits and what was given up."""
    found = show_destination(call.world, call.brand_id, call.path("destination"))
    return _told(found) | {
        "settings": found.settings,
        "waiting": [_parked(one) for one in found.waiting],
        "dead": [_parked(one) for one in found.dead],
        "files": [
            {"name": one.name, "bytes": one.n_bytes, "written_at": show_instant(one.written_at)}
            for one in found.files
        ],
    }


def _save(call: Call) -> object:
    """Store a destination; a webhook's secret is told once, when it was made here."""
    given = {name: value for name, value in call.body.items() if name != "from"}
    begin = call.body.get("from", "now")
    made = save_destination(
        call.world, call.brand_id, given | {"name": call.path("destination")}, begin=str(begin)
    )
    return {
        "name": made.row.name,
        "format": made.row.settings.format,
        "secret": made.secret or None,
    }


def _remove(call: Call) -> object:
    """Forget a destination."""
    remove_destination(call.world, call.brand_id, call.path("destination"))
    return {"name": call.path("destination"), "removed": True}


def _test(call: Call) -> object:
    """Send a test."""
    done = try_destination(call.world, call.brand_id, call.path("destination"))
    return {"taken": done.is_taken, "status": done.status, "response": done.words or None}


def _state(call: Call) -> object:
    """Pause a destination or let it go on."""
    state, name = call.word("state"), call.path("destination")
    if state == "paused":
        pause_destination(call.world, call.brand_id, name)
    elif state == "live":
        resume_destination(call.world, call.brand_id, name)
    else:
        raise BadInput((Problem("state", text("api.unknown_state")),))
    return {"name": name, "state": state}


def _replay(call: Call) -> object:
    """Send again from a point on."""
    name = call.path("destination")
    row = replay_destination(call.world, call.brand_id, name, call.word("from"))
    return {"name": name, "next_offset": row.next_offset}


def _retry(call: Call) -> object:
    """Let what was given up wait again."""
    name = call.path("destination")
    return {"name": name, "retried": retry_dead(call.world, call.brand_id, name)}


def _discard(call: Call) -> object:
    """Forget what was given up."""
    name = call.path("destination")
    return {"name": name, "discarded": discard_dead(call.world, call.brand_id, name)}


def _file(call: Call) -> object:
    """Send one file of a destination."""
    pieces = read_file(call.world, call.brand_id, call.path("destination"), call.path("file"))
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8")


def _contacts(call: Call) -> object:
    """Take contacts of a CSV text whose headers are the receiver's names."""
    name = call.path("destination")
    done = import_contacts(call.world, call.brand_id, name, call.word("csv").encode())
    return _taken(done)


async def _signed(request: Request) -> Response:
    """Take contacts that the destination's secret signed."""
    check_words(request)
    body = await read_body(request, _LARGEST_CONTACTS)
    world, name = request.app.state.world, request.path_params["destination"]
    headers = {key.lower(): value for key, value in request.headers.items()}
    _, done = await run_in_threadpool(take_signed, world, name, headers, body)
    return Response(msgspec.json.encode(_taken(done)), media_type="application/json")


def _taken(done: ContactsTaken) -> dict[str, object]:
    """Return what became of contacts."""
    return {
        "changed": done.n_changed,
        "same": done.n_same,
        "ignored_fields": sorted(done.ignored),
        "problems": [
            {"path": one.path, "line": one.line or None, "message": render(one.text, "en")}
            for one in done.problems[:_MOST_BAD]
        ],
    }


def _told(one: DestinationView) -> dict[str, object]:
    """Return a destination as data; nothing of its secrets."""
    row, settings = one.row, one.row.settings
    assert isinstance(settings, Destination)
    return {
        "name": row.name,
        "format": settings.format,
        "url": settings.url or None,
        "state": one.state,
        "reason": row.reason or None,
        "sent": row.n_sent,
        "backlog": {
            "events": one.backlog.n_events,
            "waiting": one.backlog.n_waiting,
            "dead": one.backlog.n_dead,
            "oldest_at": show_instant(one.backlog.oldest_at) if one.backlog.oldest_at else None,
        },
        "last_ok_at": show_instant(row.last_ok_at) if row.last_ok_at else None,
        "last_error": row.last_error or None,
        "last_error_at": show_instant(row.last_error_at) if row.last_error_at else None,
    }


def _parked(one: Parked) -> dict[str, object]:
    """Return a fact that was not taken."""
    return {
        "id": shown_id(one.item_id),
        "kind": one.item.kind,
        "name": one.item.name,
        "profile_id": show_profile_id(one.profile_id) if one.profile_id else None,
        "tries": one.n_tries,
        "first_at": show_instant(one.first_at),
        "next_at": show_instant(one.due_at) if one.state == "waiting" else None,
        "status": one.last_status or None,
        "error": one.last_error or None,
    }


routes: Final = [
    route("GET", "/v1/destinations", _all),
    route("GET", "/v1/destinations/{destination}", _one),
    route("PUT", "/v1/destinations/{destination}", _save),
    route("DELETE", "/v1/destinations/{destination}", _remove),
    route("POST", "/v1/destinations/{destination}/test", _test),
    route("PUT", "/v1/destinations/{destination}/state", _state),
    route("POST", "/v1/destinations/{destination}/replay", _replay),
    route("POST", "/v1/destinations/{destination}/retry", _retry),
    route("POST", "/v1/destinations/{destination}/discard", _discard),
    route("POST", "/v1/destinations/{destination}/contacts", _contacts, _LARGEST_FILE),
    route("GET", "/v1/destinations/{destination}/files/{file}", _file),
]
crm_routes: Final[list[BaseRoute]] = [
    Route("/v1/crm/{destination}/contacts", _signed, methods=["POST"], name="crm contacts"),
]
