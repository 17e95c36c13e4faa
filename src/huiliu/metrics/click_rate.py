"""Click rate: of the messages that left, the share that somebody followed."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["CLICK_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those of which it holds."""
    rows = messages(frame)
    return frame.add_up(rows, rows.clicked.sum(), rows.count())


CLICK_RATE: Final = Metric("click_rate", Unit.SHARE, Adds.RATIO, _read, of_messages=True)
