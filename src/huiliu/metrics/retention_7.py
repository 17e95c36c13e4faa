"""Retention on day 7: of the people who were new, the share who were there 7 days later."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.retained import retained

__all__ = ["RETENTION_7"]

_DAYS: Final = 7


def _read(frame: Frame) -> ibis.Table:
    """Count the new people of each day, and those who were there on that later day."""
    return retained(frame, _DAYS)


RETENTION_7: Final = Metric(
    "retention_7", Unit.SHARE, Adds.RATIO, _read, window_days=_DAYS, settles_after=_DAYS
)
