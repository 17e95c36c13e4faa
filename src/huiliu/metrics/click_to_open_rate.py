"""Click-to-open rate: of the messages that were opened, the share that was followed."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["CLICK_TO_OPEN_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day that were opened, and those of them that were followed.

    Who follows a link has opened the message, also where its pictures are not shown.
    """
    rows = messages(frame)
    rows = rows.filter(rows.opened | rows.clicked)
    return frame.add_up(rows, rows.clicked.sum(), rows.count())


CLICK_TO_OPEN_RATE: Final = Metric(
    "click_to_open_rate", Unit.SHARE, Adds.RATIO, _read, of_messages=True
)
