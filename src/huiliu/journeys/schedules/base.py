"""What every schedule is: occasions in order, and whom each of them is for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from huiliu.conditions import Condition
from huiliu.conditions.form import Field
from huiliu.journeys.reading import BRAND, PERSON, Fields
from huiliu.kernel.registry import Named
from huiliu.kernel.texts import Text
from huiliu.kernel.times import as_instant, local_datetime

__all__ = ["Clocks", "Occasion", "Schedule", "ScheduleType", "day_of", "first_after", "show_days"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time at which a journey begins for its audience."""

    #: The local time, `2026-12-01T10:00`: the same wherever it is that time, and for ever.
    id: str
    #: When that is, in the zone that was asked for.
    at: int


class Schedule(Protocol):
    """When a journey begins, and for whom; a frozen value."""

    @property
    def local(self) -> bool:
        """Say whether each person's own clocks tell the time."""
        ...

    def next(self, after: int, zone: str) -> Occasion | None:
        """Return the first occasion after an instant; None = there is none any more.

        Args:
            after: the instant; an occasion at that very instant is none after it.
            zone: whose people are asked about; of no meaning unless the schedule is `local`.
        """
        ...

    def audience(self, occasion: Occasion) -> Condition:
        """Return the condition on the people for whom an occasion is."""
        ...

    def sentence(self) -> Text:
        """Return the schedule in words, without its audience."""
        ...

    def tree(self) -> dict[str, object]:
        """Return what stands in the entry of the document."""
        ...


class ScheduleType(Named, Protocol):
    """One row of the table of schedules; its name is the field that stands in the entry."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the entry that the schedule may have besides `zone` and `among`."""
        ...

    @property
    def form(self) -> tuple[Field, ...]:
        """How a builder asks for them."""
        ...

    def read(self, fields: Fields, clocks: Clocks, among: Condition) -> Schedule:
        """Return the schedule of an entry's map; what is wrong is noted in the reading."""
        ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """Whose clocks tell the time of a schedule."""

    #: person, brand or an IANA zone.
    written: str
    #: The brand's own zone.
    brand: str

    @classmethod
    def read(cls, fields: Fields) -> Clocks:
        """Return the clocks that the field `zone` names; without it each person's own."""
        return cls(fields.zone("zone"), fields.reading.around.zone)

    @property
    def local(self) -> bool:
        """Say whether each person's own clocks are meant."""
        return self.written == PERSON

    def zone(self, of_person: str) -> str:
        """Return the zone that is meant, for people who live in a zone."""
        if self.written == PERSON:
            return of_person
        return self.brand if self.written == BRAND else self.written

    def tree(self) -> dict[str, object]:
        """Return the field as it is written."""
        return {} if self.written == PERSON else {"zone": self.written}


def first_after(walls: Iterable[dt.datetime], after: int, zone: str) -> Occasion | None:
    """Return the first of local times, given in order, that comes after an instant in a zone.

    A time inside a gap of the clocks is the gap's end, one that comes twice is the first.
    """
    for wall in walls:
        at = as_instant(wall.isoformat(), zone)
        if at is not None and at > after:
            return Occasion(f"{wall:%Y-%m-%dT%H:%M}", at)
    return None


def day_of(after: int, zone: str) -> dt.date:
    """Return a day whose local times may be the first after an instant."""
    return local_datetime(after, zone).date() - dt.timedelta(days=1)


def show_days(days: int) -> str:
    """Return a number of days as documents write it."""
    return f"{days}d"
