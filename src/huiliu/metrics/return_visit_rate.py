"""Return visits: of the people who were there on a day, the share who came again within a week."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import ibis

from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import acts, settled

__all__ = ["RETURN_VISIT_RATE"]

_DAYS: Final = 7


def _read(frame: Frame) -> ibis.Table:
    """Count the people of each day, and those who were there again in the days after it."""
    wide = replace(frame, until=frame.until + _DAYS * DAY)
    each = frame.place(acts(wide)).select("profile_id", "channel", "day").distinct()
    window = ibis.window(group_by=[each.profile_id, each.channel], order_by=each.day)
    each = each.mutate(later=each.day.lead().over(window))
    rows = each.filter(each.day <= frame.last_day, settled(frame, _DAYS, each.day))
    return frame.add_up(rows, (rows.later - rows.day <= _DAYS).fill_null(False).sum(), rows.count())


RETURN_VISIT_RATE: Final = Metric(
    "return_visit_rate", Unit.SHARE, Adds.RATIO, _read, window_days=_DAYS, settles_after=_DAYS
)
