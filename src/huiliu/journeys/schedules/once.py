"""`once`: one local time, and never again."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from huiliu.conditions import Condition
from huiliu.conditions.form import Field
from huiliu.journeys.reading import Fields
from huiliu.journeys.schedules.base import Clocks, Occasion, Schedule, first_after
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Once"]

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Once:
    """One occasion."""

    wall: dt.datetime
    clocks: Clocks
    among: Condition

    @property
    def local(self) -> bool:
        """Say whether it is each person's own local time."""
        return self.clocks.local

    def next(self, after: int, zone: str) -> Occasion | None:
        """Return the occasion, if it is still to come."""
        return first_after((self.wall,), after, self.clocks.zone(zone))

    def audience(self, occasion: Occasion) -> Condition:  # noqa: ARG002 - the protocol's signature
        """Return whom it is for."""
        return self.among

    def sentence(self) -> Text:
        """Return the time in words."""
        return text("journeys.schedule.once", at=f"{self.wall:%Y-%m-%d %H:%M}")

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"once": f"{self.wall:%Y-%m-%dT%H:%M}"}


class _OnceType:
    """Reads `once`."""

    name = "once"
    fields = ("once",)
    form = (Field("once", "local_moment", needed=True),)

    def read(self, fields: Fields, clocks: Clocks, among: Condition) -> Schedule:
        """Return the schedule of an entry's map."""
        written = fields.word("once")
        try:
            good = _WRITTEN.fullmatch(written) is not None
            wall = dt.datetime.fromisoformat(written if good else "")
        except ValueError:
            fields.wrong("once", "journeys.want_local_moment", name="once")
            wall = dt.datetime.combine(dt.date(2000, 1, 1), dt.time())
        return Once(wall, clocks, among)


TYPE = _OnceType()
