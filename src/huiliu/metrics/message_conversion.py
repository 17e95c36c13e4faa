"""Conversion of messages: of those that left, the share that an order followed."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import answered

__all__ = ["MESSAGE_CONVERSION"]

#: An order later than this is no answer.
_DAYS: Final = 7


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those that an order is credited to."""
    rows = answered(frame, _DAYS)
    return frame.add_up(rows, rows.bought.sum(), rows.count())


MESSAGE_CONVERSION: Final = Metric(
    "message_conversion", Unit.SHARE, Adds.RATIO, _read, of_messages=True, window_days=_DAYS
)
