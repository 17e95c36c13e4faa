"""New people of a day, and whether they were there so many days later: counted by retention."""

from __future__ import annotations

from dataclasses import replace

import ibis

from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Frame
from huiliu.metrics.newcomers import newcomers
from huiliu.metrics.rows import acts, settled

__all__ = ["retained"]


def retained(frame: Frame, days: int) -> ibis.Table:
    """Return day, channel, top and bottom: new people by their first channel, and who came back.

    Whoever comes back does so on any channel.
    """
    first = newcomers(frame)
    first = frame.place(first.mutate(day=frame.day(first["at"])))
    first = first.filter(settled(frame, days, first.day)).mutate(then=first.day + days)
    # A day may be an hour longer where clocks are turned back.
    late = (days + 1) * DAY
    later = acts(replace(frame, since=frame.since, until=frame.until + late))
    later = later.select("profile_id", then="day").distinct().mutate(was_there=True)
    both = first.left_join(later, ["profile_id", "then"])
    return frame.add_up(both, both.was_there.fill_null(False).sum(), both.count())
