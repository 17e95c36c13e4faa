"""`active_hour`: the hour of the day in which a person is active on most days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.kernel.times import DAY, show_duration
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.hours import HOURS, NUMBERS, ZONE, active_hours

__all__ = ["ACTIVE_HOUR", "ActiveHour"]

_WITHIN: Final = 90 * DAY


@dataclass(frozen=True, slots=True)
class ActiveHour:
    """0 to 23 by the person's own clock; ties go to the hour active last."""

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
        hours: ibis.Table = yield from active_hours(ground, self.within, now)
        counted = hours.group_by("profile_id", hour=hours.nth % HOURS).agg(
            n=hours.count(), newest=hours.nth.max()
        )
        # The best row as one number, for a million people are faster found by a maximum than by
        # sorting: the count, then the newest hour, which says the hour of the day.
        best = counted.group_by("profile_id").agg(most=(counted.n * NUMBERS + counted.newest).max())
        return Computed(best.select("profile_id", value=best.most % NUMBERS % HOURS))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> ActiveHour:
    """Return the recipe of `{within: 90d}`."""
    del type_
    given = reading.mapping(raw, path, frozenset({"within"}))
    return ActiveHour(reading.length(given.get("within", "90d"), f"{path}.within"))


ACTIVE_HOUR = RecipeKind("active_hour", frozenset({"number"}), _parse)
