"""The channel guard and its incidents as data, for commands and servers alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from huiliu.governance.guard_document import GuardDocument
from huiliu.kernel.times import show_duration, show_instant
from huiliu.ports.guard import IncidentRow, LookRow, PauseRow, ReadingRow
from huiliu.services.guard_hint import Hint
from huiliu.services.incidents import GuardStatus, IncidentView
from huiliu.statistics.proportions import wilson

__all__ = ["guard_json", "hint_json", "incident_json", "status_json", "view_json"]

_EPOCH: Final = dt.date(1970, 1, 1)


def status_json(found: GuardStatus) -> dict[str, object]:
    """Return what the guard watches, what it saw, and what is paused."""
    return {
        "guards": [guard_json(document, look) for document, look in found.guards],
        "incidents": [incident_json(one) for one in found.open],
        "pauses": [_pause_json(one, found.asked) for one in found.pauses],
        "messages_waiting": found.n_waiting,
    }


def guard_json(document: GuardDocument, look: LookRow | None) -> dict[str, object]:
    """Return one guard and what was seen with it."""
    return {
        "guard": document.slug, "mode": document.mode, "pauses": document.pauses,
        "threshold": document.threshold, "every": show_duration(document.every),
        "metrics": list(document.metrics),
        "looked_at": _instant(look.looked_at if look else 0),
        "due_at": _instant(look.due_at if look else 0),
        "fault": (look.fault if look else "") or None,
        "blind_since": _instant(look.blind_since if look else 0),
        "series": [_reading_json(one) for one in look.readings] if look else [],
    }  # fmt: skip


def incident_json(row: IncidentRow) -> dict[str, object]:
    """Return one incident without its evidence."""
    return {
        "incident": row.incident_id, "guard": row.guard, "kind": row.kind, "metric": row.metric,
        "channel": row.channel or None, "campaign": row.campaign or None, "state": row.state,
        "opened_at": _instant(row.opened_at), "since": _instant(row.since),
        "closed_at": _instant(row.closed_at), "n": round(row.n, 1), "seen": row.seen,
        "expected": round(row.expected, 1), "change": round(row.change, 4),
        "usual": round(row.usual, 6),
    }  # fmt: skip


def view_json(view: IncidentView) -> dict[str, object]:
    """Return one incident with its evidence, its causes, and all that became of it."""
    return incident_json(view.row) | {
        "evidence": [
            {"day": _day(one.day), "n": round(one.n, 1), "seen": one.seen,
             "expected": None if one.expected is None else round(one.expected, 1)}
            for one in view.row.evidence
        ],
        "suspects": [
            {"rank": rank, "step": one.step, "where": one.where, "score": round(one.score, 2),
             "expected": round(one.expected, 1), "seen": round(one.seen, 1),
             "share": round(one.share, 4)}
            for rank, one in enumerate(view.row.suspects, 1)
        ],
        "pauses": [_pause_json(one, view.asked) for one in view.pauses],
        "timeline": [
            {"at": _instant(one.at), "what": one.what, "by": one.by or None,
             "note": one.note or None}
            for one in view.moves
        ],
    }  # fmt: skip


def hint_json(hints: list[Hint], threshold: float) -> dict[str, object]:
    """Return how long each series needs to tell a fall from noise."""
    return {
        "threshold": threshold,
        "series": [
            {"channel": one.channel, "metric": one.metric, "usual": round(one.usual, 6),
             "daily": round(one.daily, 1), "dispersion": round(one.dispersion, 2),
             "days": None if one.days is None else round(one.days, 1)}
            for one in hints
        ],
    }  # fmt: skip


def _reading_json(one: ReadingRow) -> dict[str, object]:
    """Return what one series showed; the interval is that of its last day."""
    low, high = wilson(round(one.seen), round(one.n))
    return {
        "kind": one.kind, "metric": one.metric, "channel": one.channel,
        "campaign": one.campaign or None, "verdict": one.verdict, "n": round(one.n, 1),
        "seen": one.seen, "rate": one.seen / one.n if one.n else None,
        "interval": [low, high] if one.n else None,
        "expected": None if one.expected is None else round(one.expected, 1),
        "usual": round(one.usual, 6), "daily": round(one.daily, 1),
        "days_to_tell": None if one.days_to_tell is None else round(one.days_to_tell, 1),
        "days": one.days,
    }  # fmt: skip


def _pause_json(one: PauseRow, asked: Mapping[int, str]) -> dict[str, object]:
    """Return what is paused; of a campaign of ads, what its platform said."""
    scope: Mapping[str, str] = one.scope
    return {
        "pause": one.pause_id, "incident": one.incident_id, "kind": one.kind, "where": dict(scope),
        "percent": one.percent, "since": _instant(one.since),
        "ended_at": _instant(one.ended_at), "wait": show_duration(one.wait),
        "platform": asked.get(one.pause_id),
    }  # fmt: skip


def _instant(at: int) -> str | None:
    """Return an instant as it is written; None = never."""
    return show_instant(at) if at else None


def _day(day: int) -> str:
    """Return a day in ISO form."""
    return (_EPOCH + dt.timedelta(days=day)).isoformat()
