"""Messages that sold: how many were the last one before an order."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import answered

__all__ = ["MESSAGES_CONVERTED"]

#: An order later than this is no answer.
_DAYS: Final = 7


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day that an order is credited to."""
    rows = answered(frame, _DAYS)
    return frame.add_up(rows, rows.bought.sum())


MESSAGES_CONVERTED: Final = Metric(
    "messages_converted", Unit.COUNT, Adds.SUM, _read, of_messages=True, window_days=_DAYS
)
