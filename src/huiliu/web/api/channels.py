"""Channel accounts for servers: what the console's pages of channels do, behind a key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.channel import ChannelAccount
from huiliu.services.callbacks import pushed_to
from huiliu.services.channel_accounts import (
    account_named,
    add_account,
    pause_account,
    remove_account,
    resume_account,
    send_test,
    shown_fields,
)
from huiliu.services.channel_health import look_at_channels
from huiliu.services.show_credits import read_quotas, show_credits
from huiliu.services.stopped_templates import resume_template, stopped_templates
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_STATES: Final = {"on": resume_account, "paused": pause_account}


def _providers(call: Call) -> object:
    """Return who can carry messages, with the fields of their accounts."""
    return {
        "providers": [
            {
                "provider": one.name, "channel": one.channel, "evidence": one.evidence.value,
                "idempotency": one.idempotency.value,
                "fields": [
                    {
                        "name": field.name, "kind": field.kind, "default": field.default,
                        "choices": list(field.choices),
                    }
                    for field in one.fields
                ],
                "limits": [
                    {"name": limit.name, "value": limit.value, "source": limit.source}
                    for limit in one.limits
                ],
            }
            for one in call.world.providers.values()
        ]
    }  # fmt: skip


def _all(call: Call) -> object:
    """Return every account, without secrets."""
    with call.world.store.transaction(call.brand_id) as tx:
        found = tx.channels.accounts(call.brand_id)
    return {"channels": [_shown(call, account) for account in found]}


def _one(call: Call) -> object:
    """Return one account, without secrets."""
    return _shown(call, _account(call))


def _save(call: Call) -> object:
    """Store an account: provider and fields in the body."""
    fields = call.body.get("fields")
    if not isinstance(fields, dict):
        raise BadInput((Problem("fields", text("api.not_an_object")),))
    if bad := [
        Problem(f"fields.{key}", text("api.not_a_text"))
        for key, value in fields.items()
        if not isinstance(value, str)
    ]:
        raise BadInput(tuple(bad))
    provider = call.word("provider") if "provider" in call.body else ""
    add_account(
        call.world, call.brand_id, call.path("channel"), call.path("account"), fields, provider
    )
    return _one(call)


def _test(call: Call) -> object:
    """Send one message to an address and return what the provider answered."""
    channel, name = call.path("channel"), call.path("account")
    answer = send_test(call.world, call.brand_id, channel, name, call.word("to"))
    return {"state": answer.state.value, "code": answer.code, "response": answer.response}


def _switch(call: Call) -> object:
    """Pause the account, or let it send again."""
    change = _STATES.get(call.word("state"))
    if change is None:
        raise BadInput((Problem("state", text("shops.one_of", known=", ".join(_STATES))),))
    change(call.world, call.brand_id, call.path("channel"), call.path("account"))
    return _one(call)


def _remove(call: Call) -> object:
    """Forget the account."""
    remove_account(call.world, call.brand_id, call.path("channel"), call.path("account"))
    return {"removed": True}


def _health(call: Call) -> object:
    """Return how every account fared in the last 24 hours, and which templates are stopped."""
    return {
        "accounts": [
            {
                "channel": one.account.channel, "name": one.account.name, "state": one.state,
                "reason": one.reason, "open_until": show_instant(one.open_until)
                if one.open_until else None,
                "rate": one.rate, "handed_over": one.n_handed_over, "accepted": one.n_accepted,
                "delivered": one.n_delivered, "failed": one.n_failed, "bounced": one.n_bounced,
                "complained": one.n_complained, "unknown": one.n_unknown,
                "waiting": one.n_waiting, "answer_ms": asdict(one.answer_ms),
                "delivery_s": asdict(one.delivery_s),
                "quotas": [
                    {"name": quota.name, "used": quota.used, "amount": quota.amount}
                    for quota in one.quotas
                ],
            }
            for one in look_at_channels(call.world, call.brand_id)
        ],
        "stopped_templates": [
            {"template": one.template, "account": one.account, "response": one.response}
            for one in stopped_templates(call.world, call.brand_id)
        ],
    }  # fmt: skip


def _release(call: Call) -> object:
    """Let a template go again that a provider refused."""
    return {"queued": resume_template(call.world, call.brand_id, call.path("template"))}


def _account(call: Call) -> ChannelAccount:
    """Return the account that an address is of."""
    return account_named(call.world, call.brand_id, call.path("channel"), call.path("account"))


def _shown(call: Call, account: ChannelAccount) -> dict[str, object]:
    """Return what may be shown of an account."""
    world = call.world
    return {
        "channel": account.channel, "name": account.name, "provider": account.provider,
        "paused": account.paused, "fields": shown_fields(world, account),
        "callback_url": pushed_to(world, account),
    }  # fmt: skip


def _credits(call: Call) -> object:
    """Return what an account has to send with."""
    found = show_credits(call.world, call.brand_id, call.path("channel"), call.path("account"))
    return {
        "credits": [
            {
                "app": one.app, "subject": one.subject, "people": one.n_people, "free": one.n_free,
                "taken": one.n_taken, "spent": one.n_spent, "muted": one.n_muted,
            }
            for one in found.counts
        ],
        "blocked": [
            {"kind": one.kind, "until": show_instant(one.until)} for one in found.blocked
        ],
    }  # fmt: skip


def _quotas(call: Call) -> object:
    """Return how much of the day's calls is left, as the platform says now."""
    found = read_quotas(call.world, call.brand_id, call.path("channel"), call.path("account"))
    return {"quotas": [asdict(one) for one in found]}


_ACCOUNT: Final = "/v1/channels/{channel}/{account}"

routes: Final = [
    route("GET", "/v1/channels", _all),
    route("GET", "/v1/channels/providers", _providers),
    route("GET", "/v1/channels/health", _health),
    route("DELETE", "/v1/channels/stopped/{template}", _release),
    route("GET", _ACCOUNT, _one),
    route("PUT", _ACCOUNT, _save),
    route("DELETE", _ACCOUNT, _remove),
    route("PUT", f"{_ACCOUNT}/state", _switch),
    route("POST", f"{_ACCOUNT}/test", _test),
    route("GET", f"{_ACCOUNT}/credits", _credits),
    route("GET", f"{_ACCOUNT}/quotas", _quotas),
]
