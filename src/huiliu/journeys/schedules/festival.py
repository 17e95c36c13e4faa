"""`festival`: a festival of the lunar or the solar year, or so many days from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

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
from huiliu.kernel.festivals import FESTIVALS, festival_days
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Festival"]

_DEFAULT_AT = dt.time(9)
#: A festival comes within these years, or never again.
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Festival:
    """One occasion at each festival of a name."""

    name: str
    #: Calendar days from the festival; negative = before it.
    offset: int
    at: dt.time
    clocks: Clocks
    among: Condition

    @property
    def local(self) -> bool:
        """Say whether it is each person's own local time."""
        return self.clocks.local

    def next(self, after: int, zone: str) -> Occasion | None:
        """Return the next festival's occasion; None beyond the years that are known."""
        found = self.clocks.zone(zone)
        return first_after(self._walls(day_of(after, found).year), after, found)

    def audience(self, occasion: Occasion) -> Condition:  # noqa: ARG002 - the protocol's signature
        """Return whom it is for."""
        return self.among

    def sentence(self) -> Text:
        """Return the schedule in words."""
        key = "on" if not self.offset else "before" if self.offset < 0 else "after"
        said = {"days": abs(self.offset), "at": f"{self.at:%H:%M}"}
        name = text(f"festivals.{self.name}")
        return text(f"journeys.schedule.festival.{key}", festival=name, **said)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"name": self.name}
        if self.offset:
            tree["offset"] = show_days(self.offset)
        return {"festival": tree | {"at": f"{self.at:%H:%M}"}}

    def _walls(self, year: int) -> Iterator[dt.datetime]:
        """Return the local times from the year before a year on."""
        shift = dt.timedelta(days=self.offset)
        for each in range(year - 1, year + _AHEAD + 1):
            for day in festival_days(self.name, each):
                yield dt.datetime.combine(day + shift, self.at)


class _FestivalType:
    """Reads `festival`."""

    name = "festival"
    fields = ("festival",)
    form = (
        Field(
            "festival", "map", needed=True,
            fields=(
                Field("name", "choice", needed=True, start="mid_autumn", options=tuple(FESTIVALS)),
                Field("offset", "days", start="-1d"),
                Field("at", "clock", start="09:00"),
            ),
        ),
    )  # fmt: skip

    def read(self, fields: Fields, clocks: Clocks, among: Condition) -> Schedule:
        """Return the schedule of an entry's map."""
        inner = fields.inner("festival", ("name", "offset", "at"))
        name = inner.word("name")
        if name and name not in FESTIVALS:
            known = ", ".join(FESTIVALS)
            inner.wrong("name", "journeys.unknown_festival", found=name, known=known)
        return Festival(
            name, inner.days("offset"), inner.clock("at", default=_DEFAULT_AT), clocks, among
        )


TYPE = _FestivalType()
