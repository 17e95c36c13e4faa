"""Coming back to buy: of the buyers of a day, the share who bought again within 30 days."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import purchases, settled

__all__ = ["PERIOD_REPURCHASE_RATE"]

_DAYS: Final = 30


def _read(frame: Frame) -> ibis.Table:
    """Count the buyers of each day, and those who paid for something on a later day of the 30."""
    each = frame.place(purchases(frame)).select("profile_id", "channel", "day").distinct()
    window = ibis.window(group_by=[each.profile_id, each.channel], order_by=each.day)
    each = each.mutate(later=each.day.lead().over(window))
    rows = each.filter(each.day >= frame.first_day, each.day <= frame.last_day)
    rows = rows.filter(settled(frame, _DAYS, rows.day))
    return frame.add_up(rows, (rows.later - rows.day <= _DAYS).fill_null(False).sum(), rows.count())


PERIOD_REPURCHASE_RATE: Final = Metric(
    "period_repurchase_rate", Unit.SHARE, Adds.RATIO, _read, window_days=_DAYS, settles_after=_DAYS
)
