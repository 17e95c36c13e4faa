"""Conversations for servers: what the inbox does, behind a key; and a way in for other channels."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.messages.channels import CHANNELS
from huiliu.messages.conversing import STATES
from huiliu.messages.desk import KIND
from huiliu.ports.conversations import ConversationFilter
from huiliu.services.conversation_data import listing_json, row_json, thread_json
from huiliu.services.conversations import KINDS, Said, take
from huiliu.services.converse import By, answer, assign, note, set_state, settle_dispute
from huiliu.services.desk import desk_source
from huiliu.services.inbox import list_conversations, open_thread
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import person_mark, read_number, read_person

__all__ = ["routes"]

_NOBODY: Final = 0


def _list(call: Call) -> object:
    """Return a page of conversations, those who wait longest first."""
    state, whose = call.ask("state"), call.ask("assignee")
    if state and state not in STATES:
        said = text("conversations.no_state", known=", ".join(STATES))
        raise BadInput((Problem("state", said),))
    asked = ConversationFilter(state, call.ask("channel"), read_number(whose) if whose else None)
    found = list_conversations(
        call.world, call.brand_id, asked, before=read_person(call.ask("before"))
    )
    return listing_json(found) | {"next": person_mark(found.next) or None}


def _thread(call: Call) -> object:
    """Return one conversation with its words; that it was read is written down."""
    found = open_thread(call.world, call.brand_id, _person(call), _NOBODY)
    return thread_json(found, call.world.clock.now())


def _answer(call: Call) -> object:
    """Answer somebody; the same `key` goes once."""
    number = answer(
        call.world, call.brand_id, _person(call), call.word("text"), By(0, call.by),
        channel=_maybe(call, "channel"), key=_maybe(call, "key"),
    )  # fmt: skip
    return {"message_id": show_id(number)}


def _note(call: Call) -> object:
    """Keep a note for the staff."""
    number = note(
        call.world, call.brand_id, _person(call), call.word("text"), By(0, call.by),
        key=_maybe(call, "key"),
    )  # fmt: skip
    return {"line_id": show_id(number)}


def _assign(call: Call) -> object:
    """Let a user, or with null nobody, look after a conversation."""
    given = call.body.get("user_id")
    if given is not None and (not isinstance(given, int) or isinstance(given, bool) or given < 0):
        raise BadInput((Problem("user_id", text("conversations.want_user")),))
    return row_json(
        assign(call.world, call.brand_id, _person(call), given or 0, By(0, call.by)), {}
    )


def _state(call: Call) -> object:
    """Open, close, or let a conversation wait for the person."""
    by = By(0, call.by)
    return row_json(set_state(call.world, call.brand_id, _person(call), call.word("state"), by), {})


def _settle(call: Call) -> object:
    """Say that a dispute is settled."""
    written = call.path("dispute")
    try:
        dispute = bytes.fromhex(written)
    except ValueError as fault:
        raise NotFound("dispute", written[:64]) from fault
    settle_dispute(call.world, call.brand_id, _person(call), dispute, By(0, call.by))
    return {"dispute_id": written, "settled": True}


def _hear(call: Call) -> object:
    """Take in what a person wrote where only the brand's own server hears it."""
    problems = []
    channel = call.word("channel")
    known = CHANNELS.get(channel)
    profile = _maybe(call, "profile_id")
    person = parse_profile_id(profile) if profile else None
    what = _maybe(call, "what") or KINDS[0]
    at = as_instant(_maybe(call, "at")) if _maybe(call, "at") else 0
    if known is None:
        said = text("conversations.want_channel", known=", ".join(CHANNELS))
        problems.append(Problem("channel", said))
    if profile and person is None:
        problems.append(Problem("profile_id", text("conversations.want_profile")))
    if not profile and not _maybe(call, "address"):
        problems.append(Problem("address", text("conversations.want_sender")))
    if what not in KINDS:
        said = text("conversations.want_kind", known=", ".join(KINDS))
        problems.append(Problem("what", said))
    if at is None:
        problems.append(Problem("at", text("consent.no_time")))
    if problems:
        raise BadInput(tuple(problems))
    if person is not None:
        with call.world.store.transaction(call.brand_id) as tx:
            present = tx.people.present(call.brand_id, [person]).get(person, person)
            if present not in tx.people.profiles(call.brand_id, [present]):
                raise NotFound("profile", show_profile_id(person))
    taken = take(
        call.world,
        Said(
            call.brand_id, channel, _maybe(call, "account"), _maybe(call, "text"),
            call.word("message_id"), _maybe(call, "address"), person or 0, what,
            _maybe(call, "title"), at=at or 0, passive=call.body.get("passive") is True,
        ),
    )  # fmt: skip
    if not taken.is_taken:
        raise BadInput((Problem("address", text("conversations.want_sender")),))
    return {
        "answer": taken.answer or None, "meaning": taken.meaning,
        "keyword": taken.keyword or None, "opens": taken.opens,
    }  # fmt: skip


def _desk(call: Call) -> object:
    """Return how the brand answers, as its document; null where it wrote none."""
    return {"source": desk_source(call.world, call.brand_id) or None}


def _set_desk(call: Call) -> object:
    """Let a document say how the brand answers."""
    done = publish(call.world, call.brand_id, call.word("source"), call.by, kind=KIND)
    return {"version": done.version, "is_new": done.is_new}


def _person(call: Call) -> int:
    """Return whose conversation it is; raise NotFound."""
    found = parse_profile_id(call.path("profile"))
    if found is None:
        raise NotFound("conversation", call.path("profile")[:80])
    return found


def _maybe(call: Call, name: str) -> str:
    """Return a text of the body, "" where there is none."""
    return call.word(name) if call.body.get(name) is not None else ""


routes: Final = [
    route("GET", "/v1/conversations", _list),
    route("POST", "/v1/conversations/heard", _hear),
    route("GET", "/v1/conversations/{profile}", _thread),
    route("POST", "/v1/conversations/{profile}/answers", _answer),
    route("POST", "/v1/conversations/{profile}/notes", _note),
    route("PUT", "/v1/conversations/{profile}/assignee", _assign),
    route("PUT", "/v1/conversations/{profile}/state", _state),
    route("POST", "/v1/conversations/{profile}/disputes/{dispute}/settle", _settle),
    route("GET", "/v1/desk", _desk),
    route("PUT", "/v1/desk", _set_desk),
]
