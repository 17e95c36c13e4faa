"""What comes in: the tracking plan, refused events, and the keys that may send."""

from __future__ import annotations

import json

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.services.create_key import SCOPES, create_key
from huiliu.services.list_plan import list_plan
from huiliu.services.list_refused import list_refused, unseal_refused
from huiliu.services.revoke_key import revoke_key
from huiliu.web.api.call_keys import known_keys
from huiliu.web.doors import Visit
from huiliu.web.paging import number_mark, read_number
from huiliu.web.rendering import go, page

__all__ = ["end_key", "make_key", "show_keys", "show_plan", "show_refused", "unseal"]


def show_plan(visit: Visit) -> Response:
    """Show every event and property seen."""
    found = list_plan(visit.world, visit.brand_id, visit.ask("q"))
    return page(visit, "pages/plan.html", section="plan", events=found, asked=visit.ask("q"))


def show_refused(visit: Visit) -> Response:
    """Show refused events and why."""
    reason = visit.ask("reason")[:100]
    found = list_refused(visit.world, visit.brand_id, reason, read_number(visit.ask("before")))
    return page(
        visit, "pages/refused.html", section="refused", found=found, reason=reason,
        older=number_mark(found.next),
    )  # fmt: skip


def unseal(visit: Visit) -> Response:
    """Show a refused event as it came; who looked is written down."""
    number = read_number(visit.path("refused"))
    if number is None:
        raise NotFound("refused event", visit.path("refused"))
    event, body = unseal_refused(visit.world, visit.brand_id, number, visit.me.user.user_id)
    return page(visit, "partials/unsealed.html", event=event, body=_readable(body))


def show_keys(visit: Visit) -> Response:
    """Show all keys; of each only the first letters are known."""
    return _keys(visit)


def make_key(visit: Visit) -> Response:
    """Make a key and show it, this once."""
    name, scope = visit.form.get("name", ""), visit.form.get("scope", "")
    try:
        made, shown = create_key(visit.world, visit.brand_id, name, scope, visit.me.user.user_id)
    except BadInput as fault:
        problems = [(p.path, p.text, 0) for p in fault.problems]
        return _keys(visit, 422, problems=problems, name=name)
    return _keys(visit, shown_key=shown, made=made)


def end_key(visit: Visit) -> Response:
    """End a key."""
    number = read_number(visit.path("key"))
    if number is None:
        raise NotFound("key", visit.path("key"))
    revoke_key(visit.world, visit.brand_id, number, visit.me.user.user_id)
    known_keys(visit.request.app).forget()
    return go("/keys")


def _keys(visit: Visit, status: int = 200, **facts: object) -> Response:
    """Show the keys' page."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        keys = tx.accounts.keys(visit.brand_id)
    shown: dict[str, object] = {"shown_key": "", "made": None, "problems": (), "name": ""}
    return page(
        visit, "pages/keys.html", status, section="keys", keys=keys, scopes=SCOPES,
        **(shown | facts),
    )  # fmt: skip


def _readable(body: bytes) -> str:
    """Return a body with its JSON laid out; what is no JSON stays as it came."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body.decode("utf-8", "replace")
