"""`anniversary`: the day of the year that a trait names comes round, or so many days from it."""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Condition, parse
from huiliu.conditions.form import Field
from huiliu.conditions.operators.all_ import All
from huiliu.journeys.reading import Fields
from huiliu.journeys.schedules.base import (
    Clocks,
    Occasion,
    Schedule,
    day_of,
    first_after,
    show_days,
)
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Anniversary"]

#: When 29 February is kept in years that have none.
_LEAP_DAYS: Final = ("before", "after")
_DEFAULT_AT: Final = dt.time(9)


@dataclass(frozen=True, slots=True)
class Anniversary:
    """An occasion every day, each for the people whose day it is."""

    trait: str
    #: Calendar days from the day itself; negative = before it.
    offset: int
    at: dt.time
    #: before: 28 February; after: 1 March.
    leap_day: str
    clocks: Clocks
    among: Condition

    @property
    def local(self) -> bool:
        """Say whether it is each person's own local time."""
        return self.clocks.local

    def next(self, after: int, zone: str) -> Occasion | None:
        """Return the next day's occasion."""
        found = self.clocks.zone(zone)
        return first_after(self._walls(day_of(after, found)), after, found)

    def audience(self, occasion: Occasion) -> Condition:
        """Return the condition on the people who have their day, so many days from the occasion."""
        kept = dt.datetime.fromisoformat(occasion.id).date() - dt.timedelta(days=self.offset)
        days = "|".join(self._days_kept(kept))
        # `1990-05-17`, a time on that day, `--05-17` and `05-17`.
        pattern = f"^(?:--|[0-9]{{4}}-)?(?:{days})(?:[T ].*)?$"
        whose = parse({"trait": self.trait, "matches": pattern}, "anniversary")
        assert not isinstance(whose, tuple), "the trait was checked when the document was read"
        return All((whose, self.among))

    def sentence(self) -> Text:
        """Return the schedule in words."""
        key = "on" if not self.offset else "before" if self.offset < 0 else "after"
        said = {"trait": self.trait, "days": abs(self.offset), "at": f"{self.at:%H:%M}"}
        return text(f"journeys.schedule.anniversary.{key}", **said)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"trait": self.trait}
        if self.offset:
            tree["offset"] = show_days(self.offset)
        tree["at"] = f"{self.at:%H:%M}"
        if self.leap_day != _LEAP_DAYS[0]:
            tree["leap_day"] = self.leap_day
        return {"anniversary": tree}

    def _walls(self, day: dt.date) -> Iterator[dt.datetime]:
        """Return the local times of the days from a day on."""
        for nth in range(4):
            yield dt.datetime.combine(day + dt.timedelta(days=nth), self.at)

    def _days_kept(self, day: dt.date) -> Iterator[str]:
        """Return the months and days that are kept on a day."""
        yield f"{day:%m-%d}"
        leap_day_kept = (2, 28) if self.leap_day == "before" else (3, 1)
        if not isleap(day.year) and (day.month, day.day) == leap_day_kept:
            yield "02-29"


class _AnniversaryType:
    """Reads `anniversary`."""

    name = "anniversary"
    fields = ("anniversary",)
    form = (
        Field(
            "anniversary", "map", needed=True,
            fields=(
                Field("trait", "trait", needed=True, start="birth_month_day"),
                Field("offset", "days", start="-3d"),
                Field("at", "clock", start="09:00"),
                Field("leap_day", "choice", options=_LEAP_DAYS),
            ),
        ),
    )  # fmt: skip

    def read(self, fields: Fields, clocks: Clocks, among: Condition) -> Schedule:
        """Return the schedule of an entry's map."""
        inner = fields.inner("anniversary", ("trait", "offset", "at", "leap_day"))
        trait = inner.word("trait")
        if trait and isinstance(parse({"trait": trait, "set": True}, ""), tuple):
            inner.wrong("trait", "journeys.want_word", name="trait")
            trait = ""
        return Anniversary(
            trait,
            inner.days("offset"),
            inner.clock("at", default=_DEFAULT_AT),
            inner.choice("leap_day", _LEAP_DAYS, default=_LEAP_DAYS[0]),
            clocks,
            among,
        )


TYPE = _AnniversaryType()
