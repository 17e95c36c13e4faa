"""What runs ask of servers and staff, for servers: entries by call, tasks, webhooks, campaigns."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.calls import CallRow
from huiliu.ports.occasions import OccasionRow
from huiliu.ports.tasks import TaskRow
from huiliu.services.campaigns import campaign_progress, list_campaigns
from huiliu.services.enter_journey import enter_journey
from huiliu.services.staff_tasks import finish_task, page_tasks, read_task_id
from huiliu.services.sweep import stop_journey
from huiliu.services.webhook_headers import list_calls, list_headers, put_headers
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import message_mark, read_message

__all__ = ["routes"]

_LARGEST: Final = 4 * 1024 * 1024


def _enter(call: Call) -> object:
    """Let people into a journey."""
    people = call.body.get("people", [call.body])
    if not isinstance(people, list) or not all(isinstance(one, dict) for one in people):
        raise BadInput((Problem("people", text("api.not_an_object")),))
    slug = call.path("slug")
    return {"slug": slug, "new": enter_journey(call.world, call.brand_id, slug, people)}


def _stop(call: Call) -> object:
    """End all that a journey has under way."""
    slug = call.path("slug")
    n_to_come = stop_journey(call.world, call.brand_id, slug)
    return {"slug": slug, "state": "stopped", "not_entered": n_to_come}


def _tasks(call: Call) -> object:
    """Return a page of open or done tasks."""
    found = page_tasks(
        call.world, call.brand_id, is_open=call.ask("state") != "done",
        assignee=call.ask("assignee"), before=read_message(call.ask("before")),
    )  # fmt: skip
    return {"tasks": [_task(one) for one in found.rows], "next": message_mark(found.next) or None}


def _finish(call: Call) -> object:
    """Write down how a task ended."""
    note = call.body.get("note", "")
    done = finish_task(
        call.world, call.brand_id, read_task_id(call.path("task")), call.word("outcome"), call.by,
        note if isinstance(note, str) else "",
    )  # fmt: skip
    return _task(done)


def _calls(call: Call) -> object:
    """Return webhooks that were called, newest first."""
    found = list_calls(call.world, call.brand_id, call.ask("status"))
    return {"calls": [_called(one) for one in found]}


def _headers(call: Call) -> object:
    """Return the hosts that are sent something of the operator's; its values stay sealed."""
    return {"hosts": list_headers(call.world, call.brand_id)}


def _put_headers(call: Call) -> object:
    """Keep what is sent with every call to a host."""
    given = call.body.get("headers")
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise BadInput((Problem("headers", text("api.not_an_object")),))
    host = call.path("host")
    return {"host": host, "headers": put_headers(call.world, call.brand_id, host, given)}


def _campaigns(call: Call) -> object:
    """Return every campaign."""
    return {
        "campaigns": [
            {
                "slug": one.document.slug,
                "name": one.journey.header.name,
                "state": one.document.state,
                "next_at": show_instant(one.next_at) if one.next_at else None,
                "last": _occasion(one.last) if one.last is not None else None,
            }
            for one in list_campaigns(call.world, call.brand_id)
        ]
    }


def _campaign(call: Call) -> object:
    """Return how far a campaign has come."""
    found = campaign_progress(call.world, call.brand_id, call.path("slug"))
    return {
        "slug": call.path("slug"),
        "state": found.state,
        "audience": found.n_audience,
        "entered": found.n_entered,
        "to_come": found.n_to_come,
        "messages": found.statuses,
        "reasons": found.reasons,
        "nodes": found.nodes,
        "occasions": [_occasion(one) for one in found.occasions],
    }


def _occasion(row: OccasionRow) -> dict[str, Any]:
    """Return an occasion as data."""
    return {
        "occasion": row.occasion,
        "at": show_instant(row.at),
        "state": row.state,
        "audience": row.n_audience,
        "entered": row.n_entered,
    }


def _task(task: TaskRow) -> dict[str, Any]:
    """Return a task as data."""
    return {
        "task_id": task.task_id.hex(),
        "profile_id": show_profile_id(task.profile_id) if task.profile_id else None,
        "journey": task.journey,
        "node": task.node,
        "title": task.title,
        "link": task.link or None,
        "assignee": task.assignee,
        "outcomes": task.outcomes,
        "opened_at": show_instant(task.opened_at),
        "due_at": show_instant(task.due_at) if task.due_at else None,
        "outcome": task.outcome or None,
        "note": task.note or None,
        "done_at": show_instant(task.done_at) if task.done_at else None,
        "done_by": task.done_by or None,
    }


def _called(call: CallRow) -> dict[str, Any]:
    """Return a webhook that was called as data, without what was sent."""
    return {
        "call_id": call.call_id.hex(),
        "profile_id": show_profile_id(call.profile_id),
        "journey": call.journey,
        "node": call.node,
        "method": call.method,
        "url": call.url.partition("?")[0],
        "queued_at": show_instant(call.queued_at),
        "status": call.status,
        "attempts": call.fence,
        "code": call.code or None,
        "reason": call.reason or None,
    }


routes: Final = [
    route("POST", "/v1/journeys/{slug}/enter", _enter, _LARGEST),
    route("POST", "/v1/journeys/{slug}/stop", _stop),
    route("GET", "/v1/tasks", _tasks),
    route("PUT", "/v1/tasks/{task}", _finish),
    route("GET", "/v1/webhooks", _calls),
    route("GET", "/v1/webhooks/headers", _headers),
    route("PUT", "/v1/webhooks/headers/{host}", _put_headers),
    route("GET", "/v1/campaigns", _campaigns),
    route("GET", "/v1/campaigns/{slug}", _campaign),
]
