"""What the console does, for servers: the same services behind a key of the scope `api`.

Cookies are never looked at, so no page of another site can act through these routes.
"""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, Forbidden, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports import MessageFilter, MessageRow
from huiliu.services.apply_journey import set_journey_state
from huiliu.services.create_key import create_key
from huiliu.services.draw_journey import draw_journey, list_journeys
from huiliu.services.list_messages import list_messages, show_message
from huiliu.services.list_plan import list_plan
from huiliu.services.list_refused import list_refused
from huiliu.services.revoke_key import revoke_key
from huiliu.services.show_profile import show_profile
from huiliu.web.api.call_keys import known_keys
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import message_mark, number_mark, read_message, read_number

__all__ = ["routes"]


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
        "contacts": [
            {
                "channel": one.channel,
                "app": one.app,
                "platform": one.platform,
                "vendor": one.vendor,
                "provider": one.provider,
                "seen_at": show_instant(one.seen_at),
                "ended_at": show_instant(one.ended_at) if one.ended_at else None,
                "reason": one.reason,
            }
            for one in found.contacts
        ],
        "credits": [
            {
                "channel": one.channel,
                "app": one.app,
                "subject": one.subject,
                "left": None if one.lasting else one.n,
                "until": show_instant(one.until) if one.until else None,
            }
            for one in found.credits
        ],
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
        "runs": dict(found.counts.runs),
        "nodes": [
            {
                "node": name,
                "type": found.journey.nodes[name].type,
                "entered": one.n_entered,
                "waiting": one.n_waiting,
                "passed": one.n_passed,
                "left": one.n_left,
                "messages": dict(one.messages),
            }
            for name, one in found.counts.nodes.items()
        ],
    }


def _set_journey(call: Call) -> object:
    """Pause a journey or let it run on."""
    state = call.word("state")
    if state not in {"live", "paused"}:
        raise BadInput((Problem("state", text("api.unknown_state")),))
    n_runs = set_journey_state(call.world, call.brand_id, call.path("slug"), state)
    return {"slug": call.path("slug"), "state": state, "runs_under_way": n_runs}


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
    known_keys(call.request.app).forget()
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


routes: Final = [
    route("GET", "/v1/profiles/{profile}", _profile),
    route("GET", "/v1/messages", _messages),
    route("GET", "/v1/messages/{message}", _message),
    route("GET", "/v1/journeys", _journeys),
    route("GET", "/v1/journeys/{slug}", _journey),
    route("PUT", "/v1/journeys/{slug}/state", _set_journey),
    route("GET", "/v1/refused", _refused),
    route("GET", "/v1/plan", _plan),
    route("GET", "/v1/keys", _keys),
    route("POST", "/v1/keys", _make_key),
    route("DELETE", "/v1/keys/{key}", _end_key),
]
