"""Opt-out rate: of the messages that left, the share that made somebody say no more."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import messages

__all__ = ["OPT_OUT_RATE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the messages of each day, and those of which it holds."""
    rows = messages(frame)
    return frame.add_up(rows, rows.opted_out.sum(), rows.count())


OPT_OUT_RATE: Final = Metric(
    "opt_out_rate", Unit.SHARE, Adds.RATIO, _read, is_more_better=False, of_messages=True
)
