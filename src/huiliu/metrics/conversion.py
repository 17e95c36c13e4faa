"""Conversion: of the people who were active on a day, the share who paid for something that day."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import acts, paid_inside

__all__ = ["CONVERSION"]


def _read(frame: Frame) -> ibis.Table:
    """Count the people of each day and channel, and those of them who bought there that day."""
    were = frame.place(acts(frame)).select("profile_id", "day", "channel").distinct()
    bought = frame.place(paid_inside(frame))
    bought = bought.select("profile_id", "day", "channel").distinct().mutate(has_bought=True)
    both = were.left_join(bought, ["profile_id", "day", "channel"])
    rows = both.select("day", "channel", has_bought=both.has_bought.fill_null(False))
    return frame.add_up(rows, rows.has_bought.sum(), rows.count())


CONVERSION: Final = Metric("conversion", Unit.SHARE, Adds.RATIO, _read)
