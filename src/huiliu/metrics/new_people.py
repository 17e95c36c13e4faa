"""New people: how many were seen for the first time, where they were."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.newcomers import newcomers

__all__ = ["NEW_PEOPLE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the people whose first event of their own lies in each day."""
    first = newcomers(frame)
    first = frame.place(first.mutate(day=frame.day(first["at"])))
    return frame.add_up(first, first.count())


NEW_PEOPLE: Final = Metric("new_people", Unit.COUNT, Adds.SUM, _read)
