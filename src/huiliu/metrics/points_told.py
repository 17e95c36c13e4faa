"""Points that events of one name tell of: counted by the three metrics of their flow."""

from __future__ import annotations

import ibis

from huiliu.metrics.metric import Frame

__all__ = ["points_told"]


def points_told(frame: Frame, name: str) -> ibis.Table:
    """Return day, channel, top (points) and bottom (bookings)."""
    tables, events = frame.tables, frame.tables.events
    rows = events.filter(events.name == name, frame.inside(events.occurred_at))
    rows = rows.select(
        amount=tables.cell(rows.properties, ("amount",)).number().fill_null(0.0),
        channel=ibis.coalesce(tables.cell(rows.properties, ("channel",)).text(), rows.channel),
        day=frame.day(rows.occurred_at),
    )
    rows = frame.place(rows)
    return frame.add_up(rows, rows.amount.sum())
