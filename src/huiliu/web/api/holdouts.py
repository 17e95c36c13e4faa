"""Holdouts for servers: the console's pages behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.experiments.holdout import HELD, KIND, TREATED
from huiliu.kernel.ids import show_profile_id
from huiliu.services.beside import beside_of, read_span
from huiliu.services.holdout_data import beside_json, holdout_json, member_json
from huiliu.services.holdouts import (
    holdout_members,
    list_holdouts,
    release_person,
    remove_holdout,
    show_holdout,
)
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _list(call: Call) -> object:
    """Return every holdout."""
    return {"holdouts": [holdout_json(one) for one in list_holdouts(call.world, call.brand_id)]}


def _publish(call: Call) -> object:
    """Make a holdout live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _show(call: Call) -> object:
    """Return one holdout and its document."""
    view = show_holdout(call.world, call.brand_id, call.path("holdout"))
    return holdout_json(view) | {"source": view.holdout.source if view.holdout else None}


def _members(call: Call) -> object:
    """Return who is in an arm, those drawn last first."""
    arm = TREATED if call.ask("arm") == TREATED else HELD
    at, _, profile = call.ask("before").partition(".")
    mark = (int(at), int(profile)) if at.isdecimal() and profile.isdecimal() else None
    found = holdout_members(call.world, call.brand_id, call.path("holdout"), arm, mark)
    return {
        "members": [member_json(one) for one in found.rows],
        "next": None if found.next is None else f"{found.next[0]}.{found.next[1]}",
    }


def _result(call: Call) -> object:
    """Return what a holdout tells over some days."""
    view = show_holdout(call.world, call.brand_id, call.path("holdout"))
    return _beside_of(call, view.scope)


def _beside(call: Call) -> object:
    """Return what is attributed to a thing and what it caused."""
    return _beside_of(call, call.ask("scope") or "brand")


def _beside_of(call: Call, scope: str) -> object:
    """Return the same of a scope."""
    first, last = read_span(call.world, call.ask("from"), call.ask("until"))
    return beside_json(beside_of(call.world, call.brand_id, scope, first, last))


def _release(call: Call) -> object:
    """Let one held-out person get messages again."""
    profile = release_person(
        call.world, call.brand_id, call.path("holdout"), call.word("person"), call.by,
        call.word("reason"),
    )  # fmt: skip
    return {"profile_id": show_profile_id(profile), "released": True}


def _remove(call: Call) -> object:
    """Take a holdout out of use."""
    remove_holdout(call.world, call.brand_id, call.path("holdout"))
    return {"slug": call.path("holdout"), "removed": True}


routes: Final = [
    route("GET", "/v1/holdouts", _list),
    route("POST", "/v1/holdouts", _publish),
    route("GET", "/v1/holdouts/{holdout}", _show),
    route("DELETE", "/v1/holdouts/{holdout}", _remove),
    route("GET", "/v1/holdouts/{holdout}/members", _members),
    route("GET", "/v1/holdouts/{holdout}/result", _result),
    route("POST", "/v1/holdouts/{holdout}/release", _release),
    route("GET", "/v1/incremental", _beside),
]
