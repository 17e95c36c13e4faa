"""Retention on day 30: of the people who were new, the share who were there 30 days later."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.retained import retained

__all__ = ["RETENTION_30"]

_DAYS: Final = 30


def _read(frame: Frame) -> ibis.Table:
    """Count the new people of each day, and those who were there on that later day."""
    return retained(frame, _DAYS)


RETENTION_30: Final = Metric(
    "retention_30", Unit.SHARE, Adds.RATIO, _read, window_days=_DAYS, settles_after=_DAYS
)
