"""What the present is to a comparison: the instant, and the day that people's clocks show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import ibis

from huiliu.kernel.calendar import local_day, periods, zone_or
from huiliu.kernel.facts import Facts

__all__ = ["EPOCH_DAY", "TIMELESS", "Scene", "When", "when_of"]

EPOCH_DAY: Final = dt.date(1970, 1, 1)


class When(NamedTuple):
    """The present of one person."""

    now: int
    #: The person's IANA zone, or the brand's.
    zone: str = "UTC"

    def day(self) -> dt.date:
        """Return the day that the person's clocks show."""
        return local_day(self.now, self.zone)


#: For comparisons that ask for no present; parsers let no others through where there is none.
TIMELESS: Final = When(0)


def when_of(facts: Facts, now: int, zone: str) -> When:
    """Return a person's present; `zone` is that of people who have none of their own."""
    return When(now, zone_or(facts.traits.get("zone"), zone))


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """The present of every row of a table: the Ibis reader's `When`."""

    now: int
    #: The day that each row's clocks show, as days since 1970; None = all are those of `zone`.
    day: ibis.Value | None = None
    #: The zone of people who have none of their own.
    zone: str = "UTC"

    def by_day(self, make: Callable[[dt.date], ibis.Value]) -> ibis.Value:
        """Return what is made of the day that each row's clocks show; there are three at most."""
        own = local_day(self.now, self.zone)
        found = make(own)
        if self.day is None:
            return found
        for day in sorted({local_day(self.now, name) for name in periods("today", self.now)}):
            if day != own:
                found = ibis.ifelse(self.day == (day - EPOCH_DAY).days, make(day), found)
        return found
