"""Messages: the list with its filters, and one with every try to hand it over."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import Conflict, NotFound
from huiliu.ports import MessageFilter
from huiliu.services.list_actions import record_action
from huiliu.services.list_messages import list_messages, show_message
from huiliu.services.overview import HANDED_OVER, live
from huiliu.services.reconcile import SETTLED, settle_unknown
from huiliu.services.stopped_templates import resume_template, stopped_templates
from huiliu.services.why import why_message
from huiliu.web.doors import Visit
from huiliu.web.paging import message_mark, read_message
from huiliu.web.rendering import go, page
from huiliu.web.story import tell

__all__ = ["resume", "settle", "show", "show_latest", "show_list"]

STATUSES: Final = (
    "handed_over", "queued", "sending", "sent", "delivered", "failed", "unknown", "not_sent",
)  # fmt: skip
_ASKED: Final = ("channel", "reason", "journey", "node", "template")


def show_list(visit: Visit) -> Response:
    """Show the messages that the filters ask for, newest first."""
    status = visit.ask("status") if visit.ask("status") in STATUSES else ""
    chosen = {name: visit.ask(name)[:100] for name in _ASKED}
    statuses = HANDED_OVER if status == "handed_over" else (status,) if status else ()
    found = list_messages(
        visit.world,
        visit.brand_id,
        MessageFilter(statuses=statuses, **chosen),
        read_message(visit.ask("before")),
    )
    return page(
        visit, "pages/messages.html", section="messages", found=found, status=status,
        stopped=stopped_templates(visit.world, visit.brand_id),
        chosen=chosen, statuses=STATUSES, channels=sorted(visit.world.channels),
        older=message_mark(found.next),
    )  # fmt: skip


def show_latest(visit: Visit) -> Response:
    """Show what the start page asks for every few seconds."""
    return page(visit, "partials/latest.html", rows=live(visit.world, visit.brand_id).latest)


def show(visit: Visit) -> Response:
    """Show one message and what became of it."""
    try:
        message_id = bytes.fromhex(visit.path("message"))
    except ValueError as fault:
        raise NotFound("message", visit.path("message")) from fault
    row, attempts = show_message(visit.world, visit.brand_id, message_id)
    story = tell(why_message(visit.world, visit.brand_id, message_id), visit.locale)
    return page(
        visit, "pages/message.html", section="messages", row=row, attempts=attempts, story=story,
        words=tuple(SETTLED),
    )  # fmt: skip


def settle(visit: Visit) -> Response:
    """Write down what became of an unknown message, as the provider's own console shows it."""
    shown = visit.path("message")
    try:
        message_id = bytes.fromhex(shown)
    except ValueError as fault:
        raise NotFound("message", shown) from fault
    try:
        settle_unknown(visit.world, visit.brand_id, message_id, visit.form.get("as", ""))
    except Conflict:
        # A receipt was faster: its word is shown.
        return go(f"/messages/{shown}")
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "message_settled", shown)
    return go(f"/messages/{shown}")


def resume(visit: Visit) -> Response:
    """Let a template go again that a provider had refused."""
    template = visit.path("template")
    resume_template(visit.world, visit.brand_id, template)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "template_resumed", template)
    return go("/messages")
