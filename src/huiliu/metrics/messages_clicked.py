"""Messages clicked: in how many somebody followed a link; machines are left out."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["MESSAGES_CLICKED"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day that were followed."""
    rows = messages(frame)
    return frame.add_up(rows, rows.clicked.sum())


MESSAGES_CLICKED: Final = Metric("messages_clicked", Unit.COUNT, Adds.SUM, _read, of_messages=True)
