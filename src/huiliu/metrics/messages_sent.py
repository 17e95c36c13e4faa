"""Messages: how many left."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["MESSAGES_SENT"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day."""
    rows = messages(frame)
    return frame.add_up(rows, rows.count())


MESSAGES_SENT: Final = Metric("messages_sent", Unit.COUNT, Adds.SUM, _read, of_messages=True)
