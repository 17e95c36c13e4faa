"""People whom a span saw first, and where: counted by new people and by retention."""

from __future__ import annotations

import ibis

from huiliu.metrics.metric import Frame

__all__ = ["newcomers"]


def newcomers(frame: Frame) -> ibis.Table:
    """Return profile_id, at and channel of the first thing that people of the span ever did.

    Where it is known when each was seen first, only what these people did in the span is looked at:
    they did nothing before it.
    """
    tables, events = frame.tables, frame.tables.events
    own = events.filter(events.kind != "internal")
    if tables.seen is not None:
        each = tables.seen.group_by("profile_id").agg(at=tables.seen.first_seen_at.min())
        new = each.filter(frame.inside(each["at"])).select("profile_id")
        own = own.filter(frame.inside(own.occurred_at)).semi_join(new, "profile_id")
    first = own.group_by("profile_id").agg(
        at=own.occurred_at.min(), channel=own.channel.argmin(own.occurred_at)
    )
    return first.filter(frame.inside(first["at"]))
