"""What the present is to a comparison: the instant, and the day that people's clocks show."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import ibis

from huiliu.kernel.calendar import local_day, periods, zone_or
from huiliu.kernel.facts import Facts

__all__ = ["TIMELESS", "Scene", "When", "when_of"]


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
    #: A column of zones' names, null or anything else where it is the brand's; None = all are.
    zone: ibis.Value | None = None
    default: str = "UTC"

    def by_day(self, make: Callable[[dt.date], ibis.Value]) -> ibis.Value:
        """Return what is made of the day that each row's clocks show; never more than three."""
        own = local_day(self.now, self.default)
        found = make(own)
        if self.zone is None:
            return found
        elsewhere: dict[dt.date, list[str]] = defaultdict(list)
        for name in sorted(periods("today", self.now)):
            day = local_day(self.now, name)
            if day != own:
                elsewhere[day].append(name)
        for day, names in sorted(elsewhere.items()):
            found = ibis.ifelse(self.zone.isin(names).fill_null(False), make(day), found)
        return found
