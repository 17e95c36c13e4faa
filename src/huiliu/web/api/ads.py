"""Ad platforms for servers: what the console's pages do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.services.ad_accounts import (
    ad_account,
    ad_accounts,
    pause_ad_account,
    remove_ad_account,
    resume_ad_account,
    save_ad_account,
    try_ad_account,
)
from huiliu.services.ad_audiences import (
    KIND,
    ad_audience,
    ad_audiences,
    remove_ad_audience,
    transfers,
)
from huiliu.services.ad_control import confirm, control, controls, propose
from huiliu.services.ad_convert import ad_conversions
from huiliu.services.ad_spend import ad_spend, fetch_spend, import_spend
from huiliu.services.ad_told import (
    account_data,
    audience_data,
    control_data,
    conversions_data,
    platforms_data,
    spend_data,
    transfer_data,
)
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]

_LARGEST_FILE: Final = 20 * 1024 * 1024


def _platforms(call: Call) -> object:
    """Return the platforms that there are."""
    del call
    return {"platforms": platforms_data()}


def _accounts(call: Call) -> object:
    """Return every account."""
    return {"accounts": [account_data(one) for one in ad_accounts(call.world, call.brand_id)]}


def _account(call: Call) -> object:
    """Return one account."""
    return account_data(ad_account(call.world, call.brand_id, call.path("account")))


def _save(call: Call) -> object:
    """Store an account."""
    fields = call.body.get("fields", {})
    if not isinstance(fields, dict) or any(not isinstance(one, str) for one in fields.values()):
        raise BadInput((Problem("fields", text("api.not_a_text")),))
    name = call.path("account")
    found = save_ad_account(call.world, call.brand_id, name, call.word("platform"), fields)
    return account_data(found)


def _remove(call: Call) -> object:
    """Forget an account."""
    remove_ad_account(call.world, call.brand_id, call.path("account"))
    return {"name": call.path("account"), "removed": True}


def _test(call: Call) -> object:
    """Ask the platform for the account's name."""
    told = try_ad_account(call.world, call.brand_id, call.path("account"))
    words = f"{told.verdict.code} {told.verdict.words}".strip()
    return {"taken": told.is_ok, "name": told.result, "response": words or None}


def _state(call: Call) -> object:
    """Pause an account, or end its pause."""
    name, state = call.path("account"), call.word("state")
    if state == "paused":
        pause_ad_account(call.world, call.brand_id, name)
    elif state == "live":
        resume_ad_account(call.world, call.brand_id, name)
    else:
        raise BadInput((Problem("state", text("api.unknown_state")),))
    return {"name": name, "state": state}


def _audiences(call: Call) -> object:
    """Return every audience."""
    return {"audiences": [audience_data(one) for one in ad_audiences(call.world, call.brand_id)]}


def _audience(call: Call) -> object:
    """Return one audience with its document."""
    found = ad_audience(call.world, call.brand_id, call.path("audience"))
    return {**audience_data(found), "source": found.audience.source}


def _apply(call: Call) -> object:
    """Make an audience live."""
    made = publish(call.world, call.brand_id, call.word("source"), call.by, kind=KIND)
    return {"slug": made.slug, "version": made.version, "is_new": made.is_new}


def _end(call: Call) -> object:
    """End an audience: everybody is taken out of it."""
    remove_ad_audience(call.world, call.brand_id, call.path("audience"))
    return {"slug": call.path("audience"), "state": "archived"}


def _transfers(call: Call) -> object:
    """Return who was shared with whom."""
    person = 0
    if call.ask("profile"):
        found = parse_profile_id(call.ask("profile"))
        if found is None:
            raise NotFound("profile", call.ask("profile"))
        person = found
    rows = transfers(
        call.world, call.brand_id, audience=call.ask("audience"), account=call.ask("account"),
        profile_id=person, before=read_number(call.ask("before")),
    )  # fmt: skip
    return {"transfers": [transfer_data(one) for one in rows]}


def _conversions(call: Call) -> object:
    """Return how an account's conversions fare."""
    name, state = call.path("account"), call.ask("state")
    return conversions_data(ad_conversions(call.world, call.brand_id, name, state))


def _controls(call: Call) -> object:
    """Return what was asked of campaigns."""
    rows = controls(call.world, call.brand_id, call.ask("account"))
    return {"controls": [control_data(one) for one in rows]}


def _control(call: Call) -> object:
    """Return one thing that was asked."""
    return control_data(control(call.world, call.brand_id, call.path("control")))


def _propose(call: Call) -> object:
    """Propose something; nothing is asked of the platform yet."""
    amount, reason = call.body.get("amount", ""), call.body.get("reason", "")
    row = propose(
        call.world, call.brand_id, call.word("account"), call.word("campaign"),
        call.word("action"), amount=str(amount), reason=str(reason), by=call.by,
    )  # fmt: skip
    return control_data(row)


def _confirm(call: Call) -> object:
    """Carry a proposal out."""
    row = control(call.world, call.brand_id, call.path("control"))
    return control_data(confirm(call.world, call.brand_id, row.control_id))


def _spend(call: Call) -> object:
    """Return what accounts cost."""
    asked = [call.ask(one) for one in ("account", "from", "to")]
    return spend_data(ad_spend(call.world, call.brand_id, *asked))


def _fetch(call: Call) -> object:
    """Ask the platform what campaigns cost."""
    days = [str(call.body.get(one, "")) for one in ("from", "to")]
    name = call.path("account")
    return {"account": name, "rows": fetch_spend(call.world, call.brand_id, name, *days)}


def _import(call: Call) -> object:
    """Take in a table of costs."""
    name = call.path("account")
    n_rows = import_spend(call.world, call.brand_id, name, call.word("csv").encode())
    return {"account": name, "rows": n_rows}


routes: Final = [
    route("GET", "/v1/ads/platforms", _platforms),
    route("GET", "/v1/ads/accounts", _accounts),
    route("GET", "/v1/ads/accounts/{account}", _account),
    route("PUT", "/v1/ads/accounts/{account}", _save),
    route("DELETE", "/v1/ads/accounts/{account}", _remove),
    route("POST", "/v1/ads/accounts/{account}/test", _test),
    route("PUT", "/v1/ads/accounts/{account}/state", _state),
    route("GET", "/v1/ads/accounts/{account}/conversions", _conversions),
    route("POST", "/v1/ads/accounts/{account}/spend", _import, _LARGEST_FILE),
    route("POST", "/v1/ads/accounts/{account}/spend/fetch", _fetch),
    route("GET", "/v1/ads/spend", _spend),
    route("GET", "/v1/ads/audiences", _audiences),
    route("PUT", "/v1/ads/audiences", _apply),
    route("GET", "/v1/ads/audiences/{audience}", _audience),
    route("DELETE", "/v1/ads/audiences/{audience}", _end),
    route("GET", "/v1/ads/transfers", _transfers),
    route("GET", "/v1/ads/controls", _controls),
    route("POST", "/v1/ads/controls", _propose),
    route("GET", "/v1/ads/controls/{control}", _control),
    route("POST", "/v1/ads/controls/{control}/confirm", _confirm),
]
