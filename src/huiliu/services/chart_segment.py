"""How a segment grew: its size at the end of each day, out of the entries and exits in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY, SECOND, local_datetime
from huiliu.ports import World

__all__ = ["SizeOnDay", "chart_segment"]

_ENTERED: Final = "Segment Entered"
_EXITED: Final = "Segment Exited"
_QUARTER_S: Final = 900


@dataclass(frozen=True, slots=True)
class SizeOnDay:
    """What a day did to a segment."""

    day: dt.date
    #: Members at the day's end.
    n_members: int
    n_entered: int
    n_left: int


def chart_segment(world: World, brand_id: int, slug: str, n_days: int = 30) -> Sequence[SizeOnDay]:
    """Return the last days of a segment, oldest first, in the brand's zone.

    It is counted back from the members of this moment, so the last point is always right.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        n_members = tx.segments.counts(brand_id).get(slug, 0)
    today = local_datetime(now, world.zone).date()
    moved = _moved(world, brand_id, slug, now - (n_days + 1) * DAY)
    days: list[SizeOnDay] = []
    for back in range(n_days):
        day = today - dt.timedelta(days=back)
        entered, left = moved.get((day, _ENTERED), 0), moved.get((day, _EXITED), 0)
        days.append(SizeOnDay(day, max(0, n_members), entered, left))
        n_members -= entered - left
    return days[::-1]


def _moved(world: World, brand_id: int, slug: str, since: int) -> dict[tuple[dt.date, str], int]:
    """Return (local day, event) -> how many people entered or left."""
    tables = world.warehouse.population(brand_id)
    events = tables.events
    rows = events.filter(
        events.name.isin([_ENTERED, _EXITED]), events.occurred_at > moment_literal(since)
    )
    cell = tables.cell(rows.properties, ("segment",))
    rows = rows.filter(cell.is_text([slug]))
    # By the quarter of an hour: no zone divides the day more finely.
    quarters = rows.mutate(quarter=(rows.occurred_at.epoch_seconds() / _QUARTER_S).floor())
    counted = quarters.group_by("name", "quarter").agg(n=quarters.count())
    found: dict[tuple[dt.date, str], int] = {}
    for row in world.warehouse.run(counted).to_pylist():
        day = local_datetime(int(row["quarter"]) * _QUARTER_S * SECOND, world.zone).date()
        found[day, row["name"]] = found.get((day, row["name"]), 0) + int(row["n"])
    return found
