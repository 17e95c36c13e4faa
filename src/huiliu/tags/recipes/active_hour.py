"""`active_hour`: the hour of the day in which a person is active on most days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.kernel.times import DAY, show_duration
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.hours import ZONE, own_acts, with_local
from huiliu.tags.recipes.picked import picked

__all__ = ["ACTIVE_HOUR", "ActiveHour"]

_WITHIN: Final = 90 * DAY


@dataclass(frozen=True, slots=True)
class ActiveHour:
    """0 to 23 by the person's own clock; ties: the hour active last, then the earlier one."""

    within: int = _WITHIN

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(traits=frozenset({ZONE}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"within": show_duration(self.within)}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Count everybody's active days by hour."""
        rows = own_acts(ground, self.within, now).select("profile_id", "occurred_at")
        timed: ibis.Table = yield from with_local(rows, ground, now)
        hours = timed.select("profile_id", "wall", hour=timed.wall.hour(), day=timed.wall.date())
        counted = hours.group_by("profile_id", "hour").agg(
            n=hours.day.nunique(), newest=hours.wall.max()
        )
        best = picked(counted, [counted.n.desc(), counted.newest.desc(), counted.hour.asc()])
        return Computed(best.select("profile_id", value=best.hour.cast("int64")))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> ActiveHour:
    """Return the recipe of `{within: 90d}`."""
    del type_
    given = reading.mapping(raw, path, frozenset({"within"}))
    return ActiveHour(reading.length(given.get("within", "90d"), f"{path}.within"))


ACTIVE_HOUR = RecipeKind("active_hour", frozenset({"number"}), _parse)
