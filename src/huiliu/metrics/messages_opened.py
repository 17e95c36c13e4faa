"""Messages opened: how many somebody opened; what machines fetch is left out."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["MESSAGES_OPENED"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day that were opened."""
    rows = messages(frame)
    return frame.add_up(rows, rows.opened.sum())


MESSAGES_OPENED: Final = Metric("messages_opened", Unit.COUNT, Adds.SUM, _read, of_messages=True)
