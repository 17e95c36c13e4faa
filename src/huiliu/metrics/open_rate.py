"""Open rate: of the messages that left, the share that somebody opened."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["OPEN_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those that were opened."""
    rows = messages(frame)
    return frame.add_up(rows, rows.opened.sum(), rows.count())


OPEN_RATE: Final = Metric("open_rate", Unit.SHARE, Adds.RATIO, _read, of_messages=True)
