"""Opt-outs: how many people said no more, a channel and day."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit

__all__ = ["OPT_OUTS"]


def _read(frame: Frame) -> ibis.Table:
    """Count the people who withdrew a consent on each day; on several channels, on each."""
    tables, events = frame.tables, frame.tables.events
    rows = events.filter(events.name == "Consent Withdrawn", frame.inside(events.occurred_at))
    channel = ibis.coalesce(tables.cell(rows.properties, ("channel",)).text(), rows.channel)
    rows = rows.select("profile_id", channel=channel, day=frame.day(rows.occurred_at))
    return frame.add_up(frame.place(rows).distinct(), ibis._.count())


OPT_OUTS: Final = Metric("opt_outs", Unit.COUNT, Adds.SUM, _read, is_more_better=False)
