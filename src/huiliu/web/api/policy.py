"""The policy for servers: what the console's page does, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.services.policy_view import check_policy, policy_view
from huiliu.services.policy_what_if import what_if
from huiliu.services.publish import publish
from huiliu.services.tell_policy import fatigue_json, policy_json, what_if_json
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _policy(call: Call) -> object:
    """Return the policy in force, and how messages fare under it."""
    view = policy_view(call.world, call.brand_id)
    attention = view.rules.attention
    told = fatigue_json(view.odds, attention.remaining, attention.margin)
    return policy_json(view) | {"fatigue": told}


def _what_if(call: Call) -> object:
    """Return what caps did lately and what others would have done."""
    return what_if_json(what_if(call.world, call.brand_id))


def _check(call: Call) -> object:
    """Return what the caps of a draft would have done lately."""
    policy = check_policy(call.world, call.brand_id, call.word("source"))
    return {
        "slug": policy.slug,
        "what_if": what_if_json(what_if(call.world, call.brand_id, policy.rules)),
    }


def _apply(call: Call) -> object:
    """Make a policy live."""
    made = publish(call.world, call.brand_id, call.word("source"), call.by, kind="policy")
    return {"slug": made.slug, "version": made.version, "new": made.is_new}


routes: Final = [
    route("GET", "/v1/policy", _policy),
    route("GET", "/v1/policy/what-if", _what_if),
    route("POST", "/v1/policy/check", _check),
    route("PUT", "/v1/policy", _apply),
]
