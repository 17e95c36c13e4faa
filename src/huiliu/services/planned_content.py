"""Content that journeys ask for: one piece a period, however many people pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from huiliu.journeys import Plan
from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import digest
from huiliu.kernel.times import local_datetime
from huiliu.planning.pieces import Piece
from huiliu.ports.store import Tx
from huiliu.services.content_tasks import open_piece

__all__ = ["open_planned"]

_BY: Final = "journey"


def open_planned(
    tx: Tx, brand_id: int, asked: Mapping[tuple[str, str, Plan], int], now: int, zone: str
) -> list[NewEvent]:
    """Open the pieces that runs ask for, or count who asks again; return what the log is told.

    Args:
        tx: the transaction that moves the runs.
        brand_id: whose.
        asked: (journey, node, what) -> how many runs ask for it.
        now: when.
        zone: whose days, weeks and months are meant.
    """
    day = local_datetime(now, zone).date()
    numbered = {
        digest("content", brand_id, journey, node, _period(plan.every, day)): (journey, node, plan)
        for journey, node, plan in asked
    }
    events: list[NewEvent] = []
    # In one order: workers beside each other ask for the same pieces.
    for task_id in sorted(numbered):
        journey, node, plan = numbered[task_id]
        piece = Piece(**dict(plan.asked), due_at=now + plan.due if plan.due else 0)
        n_people = asked[journey, node, plan]
        _, told = open_piece(tx, brand_id, piece, task_id, _BY, now, journey, node, n_people)
        events += told
    return events


def _period(every: str, day: dt.date) -> str:
    """Return the period that a day is in; "" = there is one for ever."""
    if every == "week":
        return f"{day:%G-W%V}"
    return {"day": f"{day:%Y-%m-%d}", "month": f"{day:%Y-%m}"}.get(every, "")
