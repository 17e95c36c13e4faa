"""`huiliu message`: those whose end nobody knows, and templates that were refused."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.reconcile import settle_unknown
from huiliu.services.stopped_templates import resume_template, stopped_templates
from huiliu.services.unknown import list_unknown

__all__ = ["app"]

_BRAND = 1

app = App(name="message", help=sentence("cli.message.help"))


@app.command(help=sentence("cli.message.unknown.help"))
def unknown(
    *,
    limit: Annotated[int, Parameter(help=sentence("cli.message.limit"))] = 100,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the messages of which nobody knows whether they went, the newest first."""
    with open_instance(instance) as house:
        found = list_unknown(house.world, _BRAND, max(1, min(limit, 10_000)))
    if json:
        emit([
            {
                "message_id": one.row.queued.message_id.hex(),
                "profile_id": show_profile_id(one.row.queued.profile_id),
                "channel": one.row.queued.channel,
                "account": one.account,
                "template": one.row.queued.template,
                "journey": one.row.queued.journey,
                "since": show_instant(one.row.changed_at),
                "can_be_asked": one.can_be_asked,
                "response": one.response,
            }
            for one in found
        ])  # fmt: skip
        return
    if not found:
        say(text("messages.none_unknown"))
        return
    headings = (
        text("messages.message"), text("channels.channel"), text("channels.account"),
        text("messages.template"), text("messages.since"), text("messages.asked"),
    )  # fmt: skip
    table(headings, (
        (one.row.queued.message_id.hex(), one.row.queued.channel, one.account,
         one.row.queued.template, show_instant(one.row.changed_at),
         text("messages.is_asked" if one.can_be_asked else "messages.cannot_be_asked"))
        for one in found
    ))  # fmt: skip
    say(text("messages.settle_hint"))


@app.command(help=sentence("cli.message.settle.help"))
def settle(
    message: Annotated[str, Parameter(help=sentence("cli.message.message"))],
    /,
    *,
    as_: Annotated[str, Parameter(name="--as", help=sentence("cli.message.as"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say what became of an unknown message, as the provider's own console shows it."""
    try:
        message_id = bytes.fromhex(message)
    except ValueError as fault:
        raise NotFound("message", message) from fault
    with open_instance(instance) as house:
        row = settle_unknown(house.world, _BRAND, message_id, as_)
    if json:
        emit({"message_id": message, "status": row.status, "reason": row.reason or None})
    else:
        say(text("messages.settled", status=row.status))


@app.command(help=sentence("cli.message.stopped.help"))
def stopped(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the templates that a provider refused: nothing goes with them."""
    with open_instance(instance) as house:
        found = stopped_templates(house.world, _BRAND)
    if json:
        emit([
            {
                "template": one.template,
                "version": one.version,
                "channel": one.channel,
                "account": one.account,
                "response": one.response,
                "stopped_at": show_instant(one.stopped_at),
            }
            for one in found
        ])  # fmt: skip
        return
    if not found:
        say(text("messages.none_stopped"))
        return
    headings = (text("messages.template"), text("messages.version"), text("channels.channel"),
                text("channels.account"), text("messages.response"))  # fmt: skip
    table(headings, (
        (one.template, str(one.version), one.channel, one.account, one.response) for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.message.resume.help"))
def resume(
    template: Annotated[str, Parameter(help=sentence("cli.message.template"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let a template go again whose fault was mended at the provider."""
    with open_instance(instance) as house:
        n_messages = resume_template(house.world, _BRAND, template)
    if json:
        emit({"template": template, "messages": n_messages})
    else:
        say(text("messages.template_resumed", template=template, n=n_messages))
