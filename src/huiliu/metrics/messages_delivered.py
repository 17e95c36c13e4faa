"""Messages delivered: how many are known to have arrived."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["MESSAGES_DELIVERED"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day that were delivered."""
    rows = messages(frame)
    return frame.add_up(rows, rows.delivered.sum())


MESSAGES_DELIVERED: Final = Metric(
    "messages_delivered", Unit.COUNT, Adds.SUM, _read, of_messages=True
)
