"""Twins of what the console does about messages in doubt and templates that were refused."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import show_instant
from huiliu.services.reconcile import settle_unknown
from huiliu.services.stopped_templates import resume_template, stopped_templates
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _settle(call: Call) -> object:
    """Say what became of an unknown message."""
    shown = call.path("message")
    try:
        message_id = bytes.fromhex(shown)
    except ValueError as fault:
        raise NotFound("message", shown) from fault
    row = settle_unknown(call.world, call.brand_id, message_id, call.word("as"))
    return {"message_id": shown, "status": row.status, "reason": row.reason or None}


def _stopped(call: Call) -> object:
    """Return the templates that providers refused."""
    return {
        "templates": [
            {
                "template": one.template,
                "version": one.version,
                "channel": one.channel,
                "account": one.account,
                "response": one.response,
                "stopped_at": show_instant(one.stopped_at),
            }
            for one in stopped_templates(call.world, call.brand_id)
        ]
    }


def _resume(call: Call) -> object:
    """Let a template go again."""
    template = call.path("template")
    return {
        "template": template,
        "messages": resume_template(call.world, call.brand_id, template),
    }


routes: Final = [
    route("POST", "/v1/messages/{message}/settle", _settle),
    route("GET", "/v1/stopped-templates", _stopped),
    route("POST", "/v1/stopped-templates/{template}/resume", _resume),
]
