"""Receipt rate: of the messages that left, the share of which is known what became of them."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["RECEIPT_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those of which it holds."""
    rows = messages(frame)
    return frame.add_up(rows, (rows.delivered | rows.failed).sum(), rows.count())


RECEIPT_RATE: Final = Metric("receipt_rate", Unit.SHARE, Adds.RATIO, _read, of_messages=True)
