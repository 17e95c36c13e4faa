"""Complaint rate: of the messages that left, the share that somebody complained of."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["COMPLAINT_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those of which it holds."""
    rows = messages(frame)
    return frame.add_up(rows, rows.complained.sum(), rows.count())


COMPLAINT_RATE: Final = Metric(
    "complaint_rate", Unit.SHARE, Adds.RATIO, _read, is_more_better=False, of_messages=True
)
