"""Monthly active people: how many did something themselves in the 30 days that a day ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import ibis

from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import acts

__all__ = ["MONTHLY_ACTIVE"]

_DAYS: Final = 30


def _read(frame: Frame) -> ibis.Table:
    """Count, for each day, the different people of the 30 days that end with it.

    A person's act counts for its own day and the 29 after it; whoever acts again before those are
    over is counted once, as the stretches of one person never overlap.
    """
    wide = replace(frame, since=frame.since - (_DAYS - 1) * DAY)
    rows = frame.place(acts(wide)).select("profile_id", "channel", "day").distinct()
    window = ibis.window(group_by=[rows.profile_id, rows.channel], order_by=rows.day)
    rows = rows.mutate(later=rows.day.lead().over(window))
    end = ibis.least(rows.day + _DAYS, rows.later.fill_null(1 << 40))
    rows = rows.mutate(each=ibis.range(rows.day, end))
    each = rows.select("profile_id", "channel", day=rows.each.unnest())
    inside = each.filter(each.day >= frame.first_day, each.day <= frame.last_day)
    return frame.add_up(inside, inside.count())


MONTHLY_ACTIVE: Final = Metric("monthly_active", Unit.COUNT, Adds.LEVEL, _read)
