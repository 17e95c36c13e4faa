"""Sending domains: whether receivers believe the letters, what to publish, and the warm-up."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.messages.warm_up import DEFAULT_PLAN, limit_of
from huiliu.ports.mail import SenderDomain
from huiliu.services.check_domain import check_domain, state_of
from huiliu.services.list_actions import record_action
from huiliu.services.sender_domains import (
    add_domain,
    records_of,
    remove_domain,
    rotate_keys,
    sending_domain,
    set_plan,
)
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = ["add", "check", "remove", "rotate", "show", "show_all", "warm_up"]

#: Days of a domain that its page shows.
_DAYS = 30


def show_all(visit: Visit) -> Response:
    """Show the domains that letters are sent from, and who asked for patience."""
    return _list(visit)


def add(visit: Visit) -> Response:
    """Take on a domain, or say what is wrong with it."""
    typed = {name: visit.form.get(name, "").strip() for name in ("domain", "plan")}
    try:
        made = add_domain(visit.world, visit.brand_id, typed["domain"], plan=typed["plan"])
    except BadInput as fault:
        return _list(visit, 422, [(p.path, p.text, 0) for p in fault.problems], typed)
    _record(visit, "domain_added", made.domain)
    return go(_address(made.domain), did="added")


def show(visit: Visit) -> Response:
    """Show one domain."""
    return _shown(visit)


def check(visit: Visit) -> Response:
    """Ask the DNS now."""
    found = check_domain(visit.world, visit.brand_id, visit.path("domain"))
    return go(_address(found.domain), did="checked")


def rotate(visit: Visit) -> Response:
    """Make new keys."""
    changed = rotate_keys(visit.world, visit.brand_id, visit.path("domain"))
    _record(visit, "domain_rotated", changed.domain)
    return go(_address(changed.domain), did="rotated")


def warm_up(visit: Visit) -> Response:
    """Begin a warm-up, or end it."""
    plan = visit.form.get("plan", "").strip()
    try:
        changed = set_plan(visit.world, visit.brand_id, visit.path("domain"), plan)
    except BadInput as fault:
        return _shown(visit, 422, [(p.path, p.text, 0) for p in fault.problems], plan)
    _record(visit, "domain_warm_up", changed.domain)
    return go(_address(changed.domain), did="warming" if changed.plan else "warm")


def remove(visit: Visit) -> Response:
    """Forget a domain."""
    name = visit.path("domain")
    remove_domain(visit.world, visit.brand_id, name)
    _record(visit, "domain_removed", name)
    return go("/domains")


def _list(
    visit: Visit, status: int = 200, problems: object = (), typed: dict[str, str] | None = None
) -> Response:
    """Show the list with what was typed so far."""
    world = visit.world
    with world.store.transaction(visit.brand_id) as tx:
        domains = tx.mail.domains(visit.brand_id)
        waiting = tx.mail.waiting(visit.brand_id, world.clock.now())
    return page(
        visit, "pages/domains.html", status, section="domains", domains=domains, waiting=waiting,
        states={one.domain: state_of(one) for one in domains}, problems=problems,
        limits={one.domain: limit_of(one.plan, one.step) for one in domains},
        typed=typed or {"domain": "", "plan": "default"},
    )  # fmt: skip


def _shown(
    visit: Visit, status: int = 200, problems: object = (), plan: str | None = None
) -> Response:
    """Show one domain with what was just found out."""
    domain = sending_domain(visit.world, visit.brand_id, visit.path("domain"))
    with visit.world.store.transaction(visit.brand_id) as tx:
        days = tx.mail.days(visit.brand_id, domain.domain, _DAYS)
    return page(
        visit, "pages/domain.html", status, section="domains", domain=domain, days=days,
        state=state_of(domain), records=_records(visit, domain), problems=problems,
        limit=limit_of(domain.plan, domain.step), did=visit.ask("did"),
        plan=", ".join(map(str, domain.plan or DEFAULT_PLAN)) if plan is None else plan,
    )  # fmt: skip


def _records(visit: Visit, domain: SenderDomain) -> list[dict[str, str]]:
    """Return the records of its keys, and whether each is published."""
    return [
        {"name": one.name, "kind": one.kind, "value": one.value, "selector": key.selector,
         "live": "yes" if key.selector in domain.live else ""}
        for key, one in zip(domain.keys, records_of(visit.world, domain), strict=False)
    ]  # fmt: skip


def _address(domain: str) -> str:
    """Return the address of a domain's page."""
    return f"/domains/{domain}"


def _record(visit: Visit, what: str, subject: str) -> None:
    """Write down what a user did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
