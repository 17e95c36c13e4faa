"""What the console does, for servers: the same services behind a key of the scope `api`.

Cookies are never looked at, so no page of another site can act through these routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import BadInput, Forbidden, NotFound, Problem, Unauthorised
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports import ApiKey, MessageFilter, MessageRow, World
from huiliu.services.apply_journey import apply_journey, set_journey_state
from huiliu.services.apply_segment import apply_segment
from huiliu.services.create_key import create_key, key_hash
from huiliu.services.draw_journey import draw_journey, list_journeys
from huiliu.services.list_messages import list_messages, show_message
from huiliu.services.list_plan import list_plan
from huiliu.services.list_refused import list_refused
from huiliu.services.look_at_segments import count_source, list_segments
from huiliu.services.revoke_key import revoke_key
from huiliu.services.show_profile import show_profile
from huiliu.web.api.collect_keys import key_in_header
from huiliu.web.paging import message_mark, number_mark, read_message, read_number
from huiliu.web.security import check_words, read_body

__all__ = ["routes"]

_LARGEST_BODY: Final = 512 * 1024
_SCOPE: Final = "api"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a server."""

    world: World
    key: ApiKey
    request: Request
    body: Mapping[str, Any]

    @property
    def brand_id(self) -> int:
        """Return the brand of the key."""
        return self.key.brand_id

    @property
    def by(self) -> str:
        """Return who documents are said to come from."""
        return f"key {self.key.name}"

    def path(self, name: str) -> str:
        """Return a part of the address."""
        return str(self.request.path_params[name])

    def ask(self, name: str) -> str:
        """Return a value of the query string."""
        return self.request.query_params.get(name, "").strip()

    def word(self, name: str) -> str:
        """Return a text of the body.

        Raises:
            BadInput: it is missing, or no text.
        """
        found = self.body.get(name)
        if not isinstance(found, str):
            raise BadInput((Problem(name, text("api.not_a_text")),))
        return found


Answer = Callable[[Call], object]


def _profile(call: Call) -> object:
    """Return a person, personal values masked."""
    profile = parse_profile_id(call.path("profile"))
    if profile is None:
        raise NotFound("profile", call.path("profile"))
    found = show_profile(call.world, call.brand_id, profile)
    return {
        "profile_id": show_profile_id(found.profile.profile_id),
        "first_seen_at": show_instant(found.profile.first_seen_at),
        "last_seen_at": show_instant(found.profile.last_seen_at),
        "identifiers": [{"type": one.type.word, "value": one.value} for one in found.identifiers],
        "traits": {one.name: one.value for one in found.traits},
        "consents": [
            {"channel": channel, "purpose": purpose, "state": state}
            for (channel, purpose), state in found.consents.items()
        ],
        "segments": found.segments,
    }


def _messages(call: Call) -> object:
    """Return a page of messages."""
    status = call.ask("status")
    asked = {name: call.ask(name) for name in ("channel", "reason", "journey", "template")}
    chosen = MessageFilter(statuses=(status,) if status else (), **asked)
    before = read_message(call.ask("before"))
    found = list_messages(call.world, call.brand_id, chosen, before)
    return {"messages": [_row(row) for row in found.rows], "next": message_mark(found.next) or None}


def _message(call: Call) -> object:
    """Return one message with its attempts."""
    try:
        message_id = bytes.fromhex(call.path("message"))
    except ValueError as fault:
        raise NotFound("message", call.path("message")) from fault
    row, attempts = show_message(call.world, call.brand_id, message_id)
    told = [
        {
            "number": one.number,
            "account": one.account,
            "outcome": one.outcome,
            "started_at": show_instant(one.started_at),
            "response": one.response,
        }
        for one in attempts
    ]
    return _row(row) | {"attempts": told}


def _journeys(call: Call) -> object:
    """Return every journey."""
    return {
        "journeys": [
            {
                "slug": row.document.slug,
                "version": row.document.version,
                "state": row.document.state,
                "name": row.name,
                "runs": row.runs,
            }
            for row in list_journeys(call.world, call.brand_id)
        ]
    }


def _journey(call: Call) -> object:
    """Return a journey's source and what became of the runs at each node."""
    version = read_number(call.ask("version"))
    found = draw_journey(call.world, call.brand_id, call.path("slug"), version)
    return {
        "slug": found.document.slug,
        "version": found.document.version,
        "state": found.document.state,
        "source": found.document.source,
        "runs": found.runs,
        "nodes": [
            {
                "node": node.name,
                "type": node.type,
                "entered": node.n_entered,
                "waiting": node.n_waiting,
                "passed": node.n_passed,
                "left": node.n_left,
            }
            for node in found.nodes[1:]
        ],
    }


def _apply_journey(call: Call) -> object:
    """Store a journey's new version."""
    made = apply_journey(call.world, call.brand_id, call.word("source"), call.by)
    return {"slug": made.document.slug, "version": made.document.version, "is_new": made.is_new}


def _set_journey(call: Call) -> object:
    """Pause a journey or let it run on."""
    state = call.word("state")
    if state not in {"live", "paused"}:
        raise BadInput((Problem("state", text("api.unknown_state")),))
    n_runs = set_journey_state(call.world, call.brand_id, call.path("slug"), state)
    return {"slug": call.path("slug"), "state": state, "runs_under_way": n_runs}


def _segments(call: Call) -> object:
    """Return every segment with its members of this moment."""
    return {
        "segments": [
            {
                "slug": row.document.slug,
                "version": row.document.version,
                "name": row.name,
                "members": row.n_members,
            }
            for row in list_segments(call.world, call.brand_id)
        ]
    }


def _count_segment(call: Call) -> object:
    """Return how many people a segment would hold now."""
    found = count_source(call.world, call.brand_id, call.word("source"))
    return {"count": found.n, "people": found.n_people}


def _apply_segment(call: Call) -> object:
    """Store a segment."""
    made = apply_segment(call.world, call.brand_id, call.word("source"), call.by)
    return {"slug": made.segment.slug, "version": made.version, "members": made.n_members}


def _refused(call: Call) -> object:
    """Return a page of refused events; their bodies stay sealed."""
    before = read_number(call.ask("before"))
    found = list_refused(call.world, call.brand_id, call.ask("reason"), before)
    told = [
        {
            "id": number,
            "refused_at": show_instant(event.refused_at),
            "reason": event.reason,
            "path": event.path,
            "details": event.details,
            "key": found.keys.get(event.key_id),
        }
        for number, event in found.rows
    ]
    return {"refused": told, "next": number_mark(found.next) or None}


def _plan(call: Call) -> object:
    """Return the tracking plan."""
    return {
        "events": [
            {
                "event": one.event.event,
                "seen": one.event.n_seen,
                "first_at": show_instant(one.event.first_at),
                "last_at": show_instant(one.event.last_at),
                "properties": [
                    {
                        "property": entry.property,
                        "type": entry.type,
                        "seen": entry.n_seen,
                        "violations": entry.n_violations,
                    }
                    for entry in one.properties
                ],
            }
            for one in list_plan(call.world, call.brand_id)
        ]
    }


def _keys(call: Call) -> object:
    """Return all keys; of each only the first letters are known."""
    with call.world.store.transaction(call.brand_id) as tx:
        keys = tx.accounts.keys(call.brand_id)
    return {
        "keys": [
            {
                "key_id": key.key_id,
                "name": key.name,
                "scope": key.scope,
                "prefix": key.prefix,
                "revoked": bool(key.revoked_at),
            }
            for key in keys
        ]
    }


def _make_key(call: Call) -> object:
    """Make a key for collecting; keys with more power are made by people."""
    if call.body.get("scope", "collect") != "collect":
        raise Forbidden("keys.write")
    made, shown = create_key(call.world, call.brand_id, call.word("name"), "collect")
    return {"key": shown, "key_id": made.key_id}


def _end_key(call: Call) -> object:
    """End a key."""
    number = read_number(call.path("key"))
    if number is None:
        raise NotFound("key", call.path("key"))
    revoke_key(call.world, call.brand_id, number)
    return {"key_id": number, "revoked": True}


def _row(row: MessageRow) -> dict[str, object]:
    """Return one message as data."""
    queued = row.queued
    return {
        "message_id": queued.message_id.hex(),
        "profile_id": show_profile_id(queued.profile_id),
        "channel": queued.channel,
        "template": queued.template,
        "journey": queued.journey,
        "node": queued.node,
        "status": row.status,
        "reason": row.reason or None,
        "queued_at": show_instant(queued.queued_at),
        "sent_at": show_instant(row.sent_at) if row.sent_at else None,
    }


def _route(method: str, path: str, answer: Answer) -> Route:
    """Return the route of one call."""

    async def endpoint(request: Request) -> Response:
        """Read the body, then answer in a thread."""
        body = await _read(request) if method in {"POST", "PUT"} else {}
        told = await run_in_threadpool(_enter, answer, request, body)
        return Response(msgspec.json.encode(told), media_type="application/json")

    return Route(path, endpoint, methods=[method], name=f"api {method} {path}")


def _enter(answer: Answer, request: Request, body: Mapping[str, Any]) -> object:
    """Check the key, then answer.

    Raises:
        Unauthorised: no key in force came.
        Forbidden: its scope is another.
    """
    world: World = request.app.state.world
    shown = key_in_header(request.headers.get("authorization", "").encode("latin-1"))
    with world.store.system() as tx:
        key = tx.accounts.key_by_hash(key_hash(shown)) if shown else None
    if key is None:
        raise Unauthorised("key")
    if key.scope != _SCOPE:
        raise Forbidden(_SCOPE)
    check_words(request, body.values())
    return answer(Call(world, key, request, body))


async def _read(request: Request) -> Mapping[str, Any]:
    """Return the object in the body.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow.
        BadInput: it is no JSON object.
    """
    body = await read_body(request, _LARGEST_BODY)
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise BadInput((Problem("", text("api.not_an_object")),)) from fault


routes: Final = [
    _route("GET", "/v1/profiles/{profile}", _profile),
    _route("GET", "/v1/messages", _messages),
    _route("GET", "/v1/messages/{message}", _message),
    _route("GET", "/v1/journeys", _journeys),
    _route("PUT", "/v1/journeys", _apply_journey),
    _route("GET", "/v1/journeys/{slug}", _journey),
    _route("PUT", "/v1/journeys/{slug}/state", _set_journey),
    _route("GET", "/v1/segments", _segments),
    _route("PUT", "/v1/segments", _apply_segment),
    _route("POST", "/v1/segments/count", _count_segment),
    _route("GET", "/v1/refused", _refused),
    _route("GET", "/v1/plan", _plan),
    _route("GET", "/v1/keys", _keys),
    _route("POST", "/v1/keys", _make_key),
    _route("DELETE", "/v1/keys/{key}", _end_key),
]
