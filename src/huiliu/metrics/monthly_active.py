"""Monthly active people: how many did something themselves in the 30 days that a day ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import ibis

from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import acts
from huiliu.metrics.trailing import standing, stretches

__all__ = ["MONTHLY_ACTIVE"]

_DAYS: Final = 30


def _read(frame: Frame) -> ibis.Table:
    """Count, for each day, the different people of the 30 days that end with it."""
    wide = replace(frame, since=frame.since - (_DAYS - 1) * DAY)
    each = stretches(frame.place(acts(wide)), _DAYS, frame.first_day)
    come = each.select("channel", day="day", top=ibis.literal(1), bottom=ibis.literal(1))
    gone = each.select("channel", day="until", top=ibis.literal(-1), bottom=ibis.literal(-1))
    return standing(frame, ibis.union(come, gone))


MONTHLY_ACTIVE: Final = Metric("monthly_active", Unit.COUNT, Adds.LEVEL, _read, window_days=_DAYS)
