"""Events: how many arrived that people caused, or servers told."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit

__all__ = ["COLLECTED_EVENTS"]


def _read(frame: Frame) -> ibis.Table:
    """Count the events of each day, our own left out."""
    rows = frame.tables.events
    rows = rows.filter(rows.kind != "internal", frame.inside(rows.occurred_at))
    rows = frame.place(rows.select("channel", day=frame.day(rows.occurred_at)))
    return frame.add_up(rows, rows.count())


COLLECTED_EVENTS: Final = Metric("collected_events", Unit.COUNT, Adds.SUM, _read)
