"""Delivery rate: of the messages of which it is known, the share that was delivered."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["DELIVERY_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those of which it holds."""
    rows = messages(frame)
    rows = rows.filter(rows.delivered | rows.failed)
    return frame.add_up(rows, rows.delivered.sum(), rows.count())


DELIVERY_RATE: Final = Metric("delivery_rate", Unit.SHARE, Adds.RATIO, _read, of_messages=True)
