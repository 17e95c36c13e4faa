"""`holiday`: a statutory holiday of a country, on its first day or so many days from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Condition
from huiliu.conditions.form import Field
from huiliu.journeys.reading import Fields
from huiliu.journeys.schedules.base import (
    Clocks,
    Occasion,
    Schedule,
    day_of,
    first_after,
    show_days,
)
from huiliu.kernel.holidays import countries, first_days, holiday_names
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Holiday"]

#: Every holiday of the country.
_ANY: Final = "any"
_DEFAULT_AT: Final = dt.time(9)


@dataclass(frozen=True, slots=True)
class Holiday:
    """One occasion at the first day of each holiday."""

    country: str
    #: The holiday's English name, or any.
    name: str
    #: Calendar days from the first day; negative = before it.
    offset: int
    at: dt.time
    clocks: Clocks
    among: Condition

    @property
    def local(self) -> bool:
        """Say whether it is each person's own local time."""
        return self.clocks.local

    def next(self, after: int, zone: str) -> Occasion | None:
        """Return the next holiday's occasion; None beyond the years that are known."""
        found = self.clocks.zone(zone)
        return first_after(self._walls(day_of(after, found).year), after, found)

    def audience(self, occasion: Occasion) -> Condition:  # noqa: ARG002 - the protocol's signature
        """Return whom it is for."""
        return self.among

    def sentence(self) -> Text:
        """Return the schedule in words."""
        key = "any" if self.name == _ANY else "one"
        said = {"country": self.country, "holiday": self.name, "at": f"{self.at:%H:%M}"}
        return text(f"journeys.schedule.holiday.{key}", days=self.offset, **said)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"country": self.country, "name": self.name}
        if self.offset:
            tree["offset"] = show_days(self.offset)
        return {"holiday": tree | {"at": f"{self.at:%H:%M}"}}

    def _walls(self, year: int) -> Iterator[dt.datetime]:
        """Return the local times from the year before a year on, in order."""
        shift = dt.timedelta(days=self.offset)
        for each in range(year - 1, year + 3):
            found = first_days(self.country, each)
            for day in sorted({day for name, day in found.items() if self.name in {_ANY, name}}):
                yield dt.datetime.combine(day + shift, self.at)


class _HolidayType:
    """Reads `holiday`."""

    name = "holiday"
    fields = ("holiday",)
    form = (
        Field(
            "holiday", "map", needed=True,
            fields=(
                Field("country", "text", needed=True, start="CN"),
                Field("name", "text", needed=True, start="National Day"),
                Field("offset", "days", start="-1d"),
                Field("at", "clock", start="09:00"),
            ),
        ),
    )  # fmt: skip

    def read(self, fields: Fields, clocks: Clocks, among: Condition) -> Schedule:
        """Return the schedule of an entry's map."""
        inner = fields.inner("holiday", ("country", "name", "offset", "at"))
        country, name = inner.word("country"), inner.word("name", default=_ANY)
        if country and country not in countries():
            inner.wrong("country", "journeys.unknown_country", found=country)
        elif country and name != _ANY and name not in holiday_names(country):
            known = ", ".join(sorted(holiday_names(country)))
            inner.wrong("name", "journeys.unknown_holiday", found=name, known=known)
        at = inner.clock("at", default=_DEFAULT_AT)
        return Holiday(country, name, inner.days("offset"), at, clocks, among)


TYPE = _HolidayType()
