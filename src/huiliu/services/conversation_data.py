"""Conversations as data, for the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports.conversations import ConversationRow, DeskCounts
from huiliu.services.inbox import Listing, SaidLine, Thread

__all__ = ["counts_json", "listing_json", "row_json", "thread_json"]


def row_json(row: ConversationRow, users: Mapping[int, str]) -> dict[str, object]:
    """Return how a conversation stands."""
    return {
        "profile_id": show_profile_id(row.profile_id),
        "state": row.state,
        "channel": row.channel,
        "account": row.account or None,
        "assignee": row.assignee or None,
        "assignee_name": users.get(row.assignee),
        "opened_at": show_instant(row.opened_at),
        "unanswered_since": _at(row.unanswered_since),
        "heard_at": _at(row.heard_at),
        "answered_at": _at(row.answered_at),
        "closed_at": _at(row.closed_at),
    }


def counts_json(counts: DeskCounts) -> dict[str, object]:
    """Return how much there is to do."""
    return {
        "unanswered": counts.unanswered,
        "overdue": counts.overdue,
        "unassigned": counts.unassigned,
        "mine": counts.mine,
        "waiting": counts.waiting,
        "oldest": _at(counts.oldest),
    }


def listing_json(found: Listing) -> dict[str, object]:
    """Return a page of conversations; no word of anybody is in it."""
    return {
        "conversations": [
            row_json(one.row, found.users) | {"overdue": one.is_overdue} for one in found.rows
        ],
        "counts": counts_json(found.counts),
    }


def thread_json(found: Thread, now: int) -> dict[str, object]:
    """Return one conversation with its words."""
    return {
        **row_json(found.row, found.users),
        "overdue": found.is_overdue,
        "lines": _lines(found.lines),
        "has_older": found.has_older,
        "channels": [
            {
                "channel": one.channel,
                "possible": one.fault(now) is None,
                "why_not": str(fault) if (fault := one.fault(now)) is not None else None,
                "window_until": _at(one.window.until) if one.window is not None else None,
                "window_left": one.window.left if one.window is not None else None,
            }
            for one in found.ways
        ],
        "marketing_held": None
        if found.held is None
        else {"reason": found.held.reason, "until": show_instant(found.held.until)},
        "disputes": [
            {
                "dispute_id": show_id(one.dispute_id),
                "order_id": one.order_id or None,
                "opened_at": show_instant(one.opened_at),
            }
            for one in found.disputes
        ],
    }


def _lines(lines: Sequence[SaidLine]) -> list[dict[str, object]]:
    """Return the lines, oldest first."""
    return [
        {
            "line_id": show_id(one.row.line_id),
            "at": show_instant(one.row.at),
            "kind": one.row.kind,
            "channel": one.row.channel or None,
            "what": one.row.what,
            "title": one.title or None,
            "text": one.words or None,
            "user_id": one.row.user_id or None,
            "by": one.row.by or None,
            "keyword": one.row.keyword or None,
            "message_id": show_id(one.row.message_id) if one.row.message_id else None,
            "status": one.status or None,
            "reason": one.reason or None,
            "proved": not one.row.is_claim,
        }
        for one in lines
    ]


def _at(instant: int) -> str | None:
    """Return an instant, None where there is none."""
    return show_instant(instant) if instant else None
