"""Active people: how many did something themselves, a day."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import acts

__all__ = ["ACTIVE_PEOPLE"]


def _read(frame: Frame) -> ibis.Table:
    """Count the different people of each day."""
    rows = frame.place(acts(frame))
    return frame.add_up(rows, rows.profile_id.nunique())


ACTIVE_PEOPLE: Final = Metric("active_people", Unit.COUNT, Adds.MEAN, _read)
