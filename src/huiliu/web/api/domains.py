"""Sending domains for servers: what the console's pages of domains do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.messages.warm_up import limit_of
from huiliu.ports.mail import SenderDomain
from huiliu.services.check_domain import check_domain, state_of
from huiliu.services.sender_domains import (
    add_domain,
    records_of,
    remove_domain,
    rotate_keys,
    sending_domain,
    set_plan,
    sign_with,
)
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _all(call: Call) -> object:
    """Return every sending domain, and the receiving ones that asked for patience."""
    with call.world.store.transaction(call.brand_id) as tx:
        found = tx.mail.domains(call.brand_id)
        waiting = tx.mail.waiting(call.brand_id, call.world.clock.now())
    return {
        "domains": [_shown(call, one) for one in found],
        "waiting": [
            {"account": one.account, "domain": one.domain, "times": one.n,
             "until": show_instant(one.until), "response": one.response}
            for one in waiting
        ],
    }  # fmt: skip


def _one(call: Call) -> object:
    """Return one domain."""
    return _shown(call, sending_domain(call.world, call.brand_id, call.path("domain")))


def _add(call: Call) -> object:
    """Take on a domain."""
    plan = call.word("plan") if "plan" in call.body else ""
    return _shown(call, add_domain(call.world, call.brand_id, call.word("domain"), plan=plan))


def _check(call: Call) -> object:
    """Ask the DNS now."""
    return _shown(call, check_domain(call.world, call.brand_id, call.path("domain")))


def _rotate(call: Call) -> object:
    """Make new keys."""
    return _shown(call, rotate_keys(call.world, call.brand_id, call.path("domain")))


def _warm_up(call: Call) -> object:
    """Begin a warm-up by a plan, or end it with an empty one."""
    plan = call.body.get("plan", "")
    if not isinstance(plan, str):
        raise BadInput((Problem("plan", text("api.not_a_text")),))
    return _shown(call, set_plan(call.world, call.brand_id, call.path("domain"), plan))


def _sign(call: Call) -> object:
    """Sign with these keys until the next check."""
    wanted = call.body.get("selectors")
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise BadInput((Problem("selectors", text("domains.want_selectors")),))
    return _shown(call, sign_with(call.world, call.brand_id, call.path("domain"), wanted))


def _remove(call: Call) -> object:
    """Forget a domain."""
    remove_domain(call.world, call.brand_id, call.path("domain"))
    return {"removed": True}


def _shown(call: Call, domain: SenderDomain) -> dict[str, object]:
    """Return what may be shown of a domain: never a private key."""
    with call.world.store.transaction(call.brand_id) as tx:
        days = tx.mail.days(call.brand_id, domain.domain, 30)
    return {
        "domain": domain.domain,
        "state": state_of(domain),
        "signs_with": list(domain.live),
        "records": [
            {"name": one.name, "kind": one.kind, "value": one.value}
            for one in records_of(call.world, domain)
        ],
        "plan": list(domain.plan),
        "step": domain.step,
        "day_limit": limit_of(domain.plan, domain.step) if domain.plan else None,
        "days": [
            {"day": one.day, "sent": one.sent, "bounced": one.bounced,
             "complained": one.complained}
            for one in days
        ],
        "checked_at": show_instant(domain.checked_at) if domain.checked_at else None,
        "findings": [
            {"check": one.check, "state": one.state, "said": render(one.said, "en"),
             "name": one.name, "kind": one.kind, "value": one.value, "found": list(one.found)}
            for one in domain.findings
        ],
    }  # fmt: skip


_DOMAIN: Final = "/v1/domains/{domain}"

routes: Final = [
    route("GET", "/v1/domains", _all),
    route("POST", "/v1/domains", _add),
    route("GET", _DOMAIN, _one),
    route("DELETE", _DOMAIN, _remove),
    route("POST", f"{_DOMAIN}/check", _check),
    route("POST", f"{_DOMAIN}/rotate", _rotate),
    route("PUT", f"{_DOMAIN}/warm-up", _warm_up),
    route("PUT", f"{_DOMAIN}/signing", _sign),
]
