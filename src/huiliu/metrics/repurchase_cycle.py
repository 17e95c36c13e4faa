"""Repurchase cycle: days between two days on which a person bought, of those who bought again."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import purchases

__all__ = ["REPURCHASE_CYCLE"]


def _read(frame: Frame) -> ibis.Table:
    """Add up the gaps that ended on each day, and count them.

    Who has not bought again yet is not in it, so it is shorter than the truth; the curve of
    repurchases counts them too.
    """
    each = frame.place(purchases(frame)).select("profile_id", "channel", "day").distinct()
    window = ibis.window(group_by=[each.profile_id, each.channel], order_by=each.day)
    each = each.mutate(gap=each.day - each.day.lag().over(window))
    rows = each.filter(each.gap.notnull(), each.day >= frame.first_day, each.day <= frame.last_day)
    return frame.add_up(rows, rows.gap.sum(), rows.count())


REPURCHASE_CYCLE: Final = Metric(
    "repurchase_cycle", Unit.DAYS, Adds.RATIO, _read, is_more_better=False
)
