"""Reactivated people: who bought again after 90 days or more without any order."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import ranked_purchases

__all__ = ["REACTIVATED"]

#: Who bought nothing for so long has lapsed.
_LAPSED_S: Final = 90 * 86_400


def _read(frame: Frame) -> ibis.Table:
    """Count the orders of each day that ended a long pause."""
    rows = ranked_purchases(frame)
    pause = rows.paid_at.epoch_seconds() - rows.before.epoch_seconds()
    rows = frame.place(rows.filter(pause >= _LAPSED_S, frame.inside(rows.paid_at)))
    return frame.add_up(rows, rows.count())


REACTIVATED: Final = Metric("reactivated", Unit.COUNT, Adds.SUM, _read)
