"""Channels: which accounts carry messages, how they fare, setting one up and trying it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.messages.channels import CHANNELS
from huiliu.ports.channel import Answer, ChannelAccount, Provider
from huiliu.ports.quotas import TellsQuotas
from huiliu.services.callbacks import pushed_to
from huiliu.services.channel_accounts import (
    BY_HAND,
    account_named,
    add_account,
    advice,
    pause_account,
    remove_account,
    resume_account,
    send_test,
    shown_fields,
)
from huiliu.services.channel_health import look_at_channels
from huiliu.services.list_actions import record_action
from huiliu.services.show_credits import CREDITED, read_quotas, show_credits
from huiliu.services.stopped_templates import resume_template, stopped_templates
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = [
    "credits_of",
    "quotas_of",
    "release",
    "remove",
    "save",
    "show",
    "show_all",
    "show_edit",
    "show_new",
    "switch",
    "test",
]

_FIELD: Final = "field."


def show_all(visit: Visit) -> Response:
    """Show the accounts by channel, how they fare, and what was refused."""
    found = look_at_channels(visit.world, visit.brand_id)
    return page(
        visit, "pages/channels.html", section="channels", by_hand=BY_HAND,
        accounts=[one.account for one in found],
        healths={(one.account.channel, one.account.name): one for one in found},
        stopped=stopped_templates(visit.world, visit.brand_id), did=visit.ask("did"),
        channels=[name for name in CHANNELS if _providers(visit, name)],
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the providers to choose from, or the form of the one that was chosen."""
    chosen = visit.world.providers.get(visit.ask("provider"))
    if chosen is None:
        return page(
            visit, "pages/channel_new.html", section="channels",
            groups=[(name, _providers(visit, name)) for name in CHANNELS],
        )  # fmt: skip
    return _form(visit, chosen, {"name": "main", "is_new": "yes"})


def show_edit(visit: Visit) -> Response:
    """Show the form of an account; secrets are kept where nothing is typed."""
    account = _account(visit)
    provider = visit.world.providers[account.provider]
    sealed = {one.name for one in provider.fields if one.kind == "secret"}
    typed = {
        "name": account.name, "is_new": "",
        **{_FIELD + key: value for key, value in account.config.items() if key not in sealed},
    }  # fmt: skip
    return _form(visit, provider, typed)


def save(visit: Visit) -> Response:
    """Check and keep an account, or say what is wrong with it."""
    form = visit.form
    provider = visit.world.providers.get(form.get("provider", ""))
    if provider is None:
        return go("/channels/new")
    name = form.get("name", "").strip()
    config = {
        key.removeprefix(_FIELD): value.strip()
        for key, value in form.items()
        if key.startswith(_FIELD) and value.strip()
    }
    try:
        add_account(visit.world, visit.brand_id, provider.channel, name, config, provider.name)
    except BadInput as fault:
        problems = [(p.path, p.text, 0) for p in fault.problems]
        return _form(visit, provider, dict(form), 422, problems)
    _record(visit, "channel_saved", f"{provider.channel}/{name}")
    return go(f"/channels/{provider.channel}/{name}", did="saved")


def show(visit: Visit) -> Response:
    """Show one account."""
    return _shown(visit)


def test(visit: Visit) -> Response:
    """Send one message to an address, and say what the provider answered and what to do."""
    account = _account(visit)
    to = visit.form.get("to", "").strip()
    try:
        answer = send_test(visit.world, visit.brand_id, account.channel, account.name, to)
    except BadInput as fault:
        problems = [("", p.text, 0) for p in fault.problems]
        return _shown(visit, 422, problems=problems, to=to)
    _record(visit, "channel_tested", f"{account.channel}/{account.name}")
    return _shown(visit, answer=answer, to=to)


def switch(visit: Visit) -> Response:
    """Pause an account, or let it send again."""
    account = _account(visit)
    is_on = visit.form.get("to") == "on"
    change = resume_account if is_on else pause_account
    change(visit.world, visit.brand_id, account.channel, account.name)
    what = "channel_resumed" if is_on else "channel_paused"
    _record(visit, what, f"{account.channel}/{account.name}")
    return go(_address(account), did="resumed" if is_on else "paused")


def remove(visit: Visit) -> Response:
    """Forget an account."""
    account = _account(visit)
    remove_account(visit.world, visit.brand_id, account.channel, account.name)
    _record(visit, "channel_removed", f"{account.channel}/{account.name}")
    return go("/channels")


def release(visit: Visit) -> Response:
    """Let a template go again that a provider refused."""
    template = visit.form.get("template", "")
    resume_template(visit.world, visit.brand_id, template)
    _record(visit, "template_released", template)
    return go("/channels", did="released")


def credits_of(visit: Visit) -> Response:
    """Show what an account has to send with."""
    account = _account(visit)
    view = show_credits(visit.world, visit.brand_id, account.channel, account.name)
    return page(visit, "partials/channel_credits.html", account=account, view=view)


def quotas_of(visit: Visit) -> Response:
    """Show how much of the day's calls is left, as the platform says now."""
    account = _account(visit)
    found = read_quotas(visit.world, visit.brand_id, account.channel, account.name)
    return page(visit, "partials/channel_quotas.html", quotas=found)


def _shown(
    visit: Visit,
    status: int = 200,
    *,
    answer: Answer | None = None,
    problems: object = (),
    to: str = "",
) -> Response:
    """Show one account with what was just found out."""
    account = _account(visit)
    world = visit.world
    found = look_at_channels(world, visit.brand_id)
    return page(
        visit, "pages/channel.html", status, section="channels", account=account,
        provider=world.providers.get(account.provider), fields=shown_fields(world, account),
        callback=pushed_to(world, account), by_hand=BY_HAND,
        credited=CREDITED, tells_quotas=isinstance(
            world.providers.get(account.provider), TellsQuotas
        ),
        answer=answer, advice=advice(account.provider, answer) if answer else None,
        problems=problems, to=to, did=visit.ask("did"),
        health=next(
            (one for one in found
             if (one.account.channel, one.account.name) == (account.channel, account.name)), None
        ),
    )  # fmt: skip


def _form(
    visit: Visit,
    provider: Provider,
    typed: dict[str, str],
    status: int = 200,
    problems: object = (),
) -> Response:
    """Show an account's form with what was typed so far; secrets are never sent back."""
    return page(
        visit, "pages/channel_edit.html", status, section="channels", provider=provider,
        typed=typed, problems=problems,
    )  # fmt: skip


def _providers(visit: Visit, channel: str) -> list[Provider]:
    """Return who can carry on a channel."""
    return [one for one in visit.world.providers.values() if one.channel == channel]


def _account(visit: Visit) -> ChannelAccount:
    """Return the account that an address is of; raise NotFound."""
    return account_named(visit.world, visit.brand_id, visit.path("channel"), visit.path("account"))


def _address(account: ChannelAccount) -> str:
    """Return the address of an account's page."""
    return f"/channels/{account.channel}/{account.name}"


def _record(visit: Visit, what: str, subject: str) -> None:
    """Write down what a user did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
