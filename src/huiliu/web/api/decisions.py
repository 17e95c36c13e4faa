"""Deciding together for servers: what waits, what was said, and whether the audit holds.

A vote is a person's: whoever gives one proves with their password who they are, key or no key.
"""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem, Unauthorised
from huiliu.kernel.texts import Text, render, text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.ports.accounts import User
from huiliu.services.decide import vote, withdraw
from huiliu.services.decision_json import chain_json, decision_json, delegation_json, row_json
from huiliu.services.departments import (
    delegate,
    delegations,
    revoke,
    set_department,
    user_named,
)
from huiliu.services.list_actions import list_actions
from huiliu.services.look_at_decisions import list_decisions, show_decision
from huiliu.services.sign_in import prove
from huiliu.services.verify_actions import verify_actions
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import number_mark, read_number

__all__ = ["routes"]


def _list(call: Call) -> object:
    """Return a page of decisions, newest first."""
    before = read_number(call.ask("before"))
    rows, following = list_decisions(call.world, call.brand_id, call.ask("state"), before)
    return {"decisions": [row_json(one) for one in rows], "next": number_mark(following) or None}


def _show(call: Call) -> object:
    """Return one decision with all that is known of it."""
    return decision_json(show_decision(call.world, call.brand_id, _number(call)), _english)


def _vote(call: Call) -> object:
    """Say yes or no as the person who proves that it is they."""
    user = _person(call)
    revision = call.body.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise BadInput((Problem("revision", text("api.not_a_number")),))
    done = vote(
        call.world, call.brand_id, _number(call), user, call.word("verdict"), revision=revision,
        comment=_word(call, "comment"), department=_word(call, "department"),
    )  # fmt: skip
    return {"decision": done.decision_id, "revision": done.revision, "state": done.state}


def _withdraw(call: Call) -> object:
    """Take back what a key or the command line proposed; a person takes back their own."""
    user_id = _person(call).user_id if "email" in call.body else 0
    done = withdraw(call.world, call.brand_id, _number(call), user_id)
    return {"decision": done.decision_id, "state": done.state}


def _delegations(call: Call) -> object:
    """Return who speaks for whom, or will."""
    found = delegations(call.world, call.brand_id)
    return {"delegations": [delegation_json(one) for one in found]}


def _delegate(call: Call) -> object:
    """Let somebody else speak for the person who proves that it is they."""
    giver = _person(call)
    taker = user_named(call.world, call.brand_id, call.word("to"))
    starts = _moment(call, "starts_at") or call.world.clock.now()
    ends = _moment(call, "ends_at")
    made = delegate(
        call.world, call.brand_id, giver, taker, starts_at=starts, ends_at=ends, by=giver.user_id
    )
    return {"delegation": made.delegation_id, "ends_at": show_instant(made.ends_at)}


def _revoke(call: Call) -> object:
    """Take a delegation back as one of the two whom it is about."""
    number = read_number(call.path("delegation"))
    if number is None:
        raise NotFound("delegation", call.path("delegation"))
    revoke(call.world, call.brand_id, number, _person(call))
    return {"delegation": number, "revoked": True}


def _users(call: Call) -> object:
    """Return who may sign in, and for which department each speaks."""
    with call.world.store.transaction(call.brand_id) as tx:
        found = tx.accounts.users(call.brand_id)
    return {
        "users": [
            {"user_id": one.user_id, "email": one.email, "name": one.name, "role": one.role,
             "department": one.department or None}
            for one in found
        ]
    }  # fmt: skip


def _department(call: Call) -> object:
    """Say for which department a user speaks."""
    number = read_number(call.path("user"))
    if number is None:
        raise NotFound("user", call.path("user"))
    set_department(call.world, call.brand_id, number, call.word("department"))
    return {"user_id": number, "department": call.word("department") or None}


def _actions(call: Call) -> object:
    """Return what users did, newest first."""
    found = list_actions(call.world, call.brand_id, read_number(call.ask("before")))
    return {
        "actions": [
            {"at": show_instant(one.at), "user_id": one.user_id,
             "name": found.users.get(one.user_id), "what": one.what, "subject": one.subject}
            for one in found.rows
        ],
        "next": number_mark(found.next) or None,
    }  # fmt: skip


def _verify(call: Call) -> object:
    """Return whether the list of actions is as it was written."""
    try:
        noted = bytes.fromhex(call.ask("head"))
    except ValueError as fault:
        raise BadInput((Problem("head", text("audit.want_head")),)) from fault
    return chain_json(verify_actions(call.world, call.brand_id, noted))


def _person(call: Call) -> User:
    """Return the person whose address and password are in the body.

    Raises:
        Unauthorised: they are nobody's of this brand.
        Refused: too many tries.
    """
    client = call.request.client
    address = client.host if client else "unknown"
    user = prove(call.world, call.word("email"), call.word("password"), address)
    if user.brand_id != call.brand_id:
        raise Unauthorised("password")
    return user


def _number(call: Call) -> int:
    """Return the number of a decision in the address."""
    number = read_number(call.path("decision"))
    if number is None:
        raise NotFound("decision", call.path("decision"))
    return number


def _word(call: Call, name: str) -> str:
    """Return a text of the body; "" where there is none."""
    return call.word(name) if call.body.get(name) is not None else ""


def _moment(call: Call, name: str) -> int:
    """Return an instant of the body; 0 where there is none."""
    word = _word(call, name)
    found = as_instant(word, call.world.zone) if word else 0
    if found is None:
        raise BadInput((Problem(name, text("journeys.no_date", written=word[:80])),))
    return found


def _english(said: Text) -> str:
    """Return a sentence for servers."""
    return render(said, "en")


routes: Final = [
    route("GET", "/v1/decisions", _list),
    route("GET", "/v1/decisions/{decision}", _show),
    route("POST", "/v1/decisions/{decision}/votes", _vote),
    route("POST", "/v1/decisions/{decision}/withdraw", _withdraw),
    route("GET", "/v1/delegations", _delegations),
    route("POST", "/v1/delegations", _delegate),
    route("POST", "/v1/delegations/{delegation}/revoke", _revoke),
    route("GET", "/v1/users", _users),
    route("PUT", "/v1/users/{user}/department", _department),
    route("GET", "/v1/actions", _actions),
    route("GET", "/v1/actions/chain", _verify),
]
