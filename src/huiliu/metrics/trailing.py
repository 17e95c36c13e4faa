"""What stands at each day, from what comes and goes: counted once, however long the window is.

A person who counts for 90 days is one row that comes and one that goes, not 90 rows.
"""

from __future__ import annotations

import ibis

from huiliu.metrics.metric import Frame

__all__ = ["ENDLESS", "standing", "stretches"]

#: A day that never comes.
ENDLESS = 1 << 40


def stretches(rows: ibis.Table, days: int, first: int | None = None) -> ibis.Table:
    """Return profile_id, channel, day, until: when people count who do something on days.

    A day counts for itself and the `days - 1` after it; whoever does it again before those are
    over is counted once, as the stretches of one person never overlap. `until` is excluded.

    Args:
        rows: profile_id, channel and day.
        days: how long a day counts.
        first: of the days before it, only the last of each person is told, as what comes before
            that is over by then; None = every day is.
    """
    if first is None:
        each = rows.select("profile_id", "channel", "day").distinct()
    else:
        told = rows.mutate(as_of=ibis.greatest(rows.day, first - 1))
        each = told.group_by("profile_id", "channel", "as_of").agg(day=told.day.max())
        each = each.drop("as_of")
    window = ibis.window(group_by=[each.profile_id, each.channel], order_by=each.day)
    each = each.mutate(later=each.day.lead().over(window))
    return each.mutate(until=ibis.least(each.day + days, each.later.fill_null(ENDLESS)))


def standing(frame: Frame, changes: ibis.Table) -> ibis.Table:
    """Return day, channel, top and bottom of each day of the span, from day, channel and changes.

    Args:
        frame: whose span it is.
        changes: `top` and `bottom` are what is added from the day on.
    """
    first, last = frame.first_day, frame.last_day
    early = changes.filter(changes.day <= last)
    early = early.select(
        "channel",
        day=ibis.greatest(early.day, first).cast("int64"),
        top=early.top.cast("float64"), bottom=early.bottom.cast("float64"),
    )  # fmt: skip
    places = early.select("channel").distinct()
    grid = places.mutate(day=ibis.range(first, last + 1).unnest().cast("int64"))
    # A literal with a point is a decimal to the engine.
    none = ibis.literal(0).cast("float64")
    empty = grid.select("channel", "day", top=none, bottom=none)
    both = ibis.union(early.select("channel", "day", "top", "bottom"), empty)
    daily = both.group_by("day", "channel").agg(top=both.top.sum(), bottom=both.bottom.sum())
    so_far = ibis.cumulative_window(group_by=daily.channel, order_by=daily.day)
    found = daily.select(
        "day", "channel",
        top=daily.top.sum().over(so_far).round(6), bottom=daily.bottom.sum().over(so_far),
    )  # fmt: skip
    return found.filter(found.bottom > 0)
