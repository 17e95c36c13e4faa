"""The channel guard and its incidents for servers: the console's pages behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.governance.guard_document import KIND, parsed_guard
from huiliu.kernel.errors import NotFound
from huiliu.services.beside import read_span
from huiliu.services.guard_data import (
    guard_json,
    hint_json,
    incident_json,
    status_json,
    view_json,
)
from huiliu.services.guard_hint import document_in_use, how_long
from huiliu.services.guard_watch import look_at_guard
from huiliu.services.incidents import (
    guard_status,
    list_incidents,
    override_incident,
    remove_guard,
    resume_incident,
    show_incident,
)
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_DIGITS: Final = 15


def _status(call: Call) -> object:
    """Return what the guard watches, what it saw, and what is paused."""
    return status_json(guard_status(call.world, call.brand_id))


def _put(call: Call) -> object:
    """Make a guard live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _show(call: Call) -> object:
    """Return one guard, what was seen with it, and its document."""
    document, version = document_in_use(call.world, call.brand_id, call.path("guard"))
    looks = {one.slug: look for one, look in guard_status(call.world, call.brand_id).guards}
    shown = guard_json(document, looks.get(document.slug))
    return shown | {"version": version, "source": document.source}


def _remove(call: Call) -> object:
    """Take a guard out of use: what is paused because of it goes on."""
    remove_guard(call.world, call.brand_id, call.path("guard"), call.by)
    return {"slug": call.path("guard"), "removed": True}


def _look(call: Call) -> object:
    """Look with a guard at once."""
    slug = call.path("guard")
    look = look_at_guard(call.world, call.brand_id, slug)
    return guard_json(document_in_use(call.world, call.brand_id, slug)[0], look)


def _hint(call: Call) -> object:
    """Return how long this traffic needs to tell a fall as large as the threshold from noise."""
    document = parsed_guard(call.word("source"))
    return hint_json(how_long(call.world, call.brand_id, document), document.threshold)


def _incidents(call: Call) -> object:
    """Return the incidents of some days, the newest first."""
    world = call.world
    first, last = read_span(world, call.ask("from"), call.ask("until"))
    with world.store.transaction(call.brand_id) as tx:
        rows = list_incidents(tx, call.brand_id, first, last, zone=world.zone)
    return {"incidents": [incident_json(one) for one in rows]}


def _incident(call: Call) -> object:
    """Return one incident with its evidence and all that became of it."""
    return view_json(show_incident(call.world, call.brand_id, _number(call)))


def _resume(call: Call) -> object:
    """Let the first part through again."""
    note = str(call.body.get("note") or "")
    return view_json(resume_incident(call.world, call.brand_id, _number(call), call.by, note))


def _override(call: Call) -> object:
    """End an incident against what the guard saw; `reason` says why."""
    reason = str(call.body.get("reason") or "")
    return view_json(override_incident(call.world, call.brand_id, _number(call), call.by, reason))


def _number(call: Call) -> int:
    """Return the incident's number; raise NotFound."""
    written = call.path("incident")
    if not (written.isascii() and written.isdecimal() and len(written) <= _DIGITS):
        raise NotFound("incident", written)
    return int(written)


routes: Final = [
    route("GET", "/v1/guard", _status),
    route("POST", "/v1/guard", _put),
    route("POST", "/v1/guard/hint", _hint),
    route("GET", "/v1/guard/{guard}", _show),
    route("DELETE", "/v1/guard/{guard}", _remove),
    route("POST", "/v1/guard/{guard}/look", _look),
    route("GET", "/v1/incidents", _incidents),
    route("GET", "/v1/incidents/{incident}", _incident),
    route("POST", "/v1/incidents/{incident}/resume", _resume),
    route("POST", "/v1/incidents/{incident}/override", _override),
]
