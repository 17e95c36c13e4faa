"""Hours of the day as people's own clocks show them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import ibis
import pyarrow as pa

from huiliu.conditions.population import moment_literal
from huiliu.conditions.wall_clock import local, local_by_zone
from huiliu.tags.recipe import Ground

__all__ = ["HOURS", "NUMBERS", "ZONE", "active_hours", "hour_number", "with_local"]

#: Of a day.
HOURS: Final = 24
#: More than there are hours since 1970 for the next hundred thousand years.
NUMBERS: Final = 1 << 30

#: The trait that holds a person's zone.
ZONE: Final = "zone"
_SERVER: Final = "server"
#: A brand's people live in fewer zones than this; others count by the brand's own.
_MOST_ZONES: Final = 100


def _own_acts(ground: Ground, within: int, now: int) -> ibis.Table:
    """Return what people did themselves lately: not what Huiliu or a shop's server told of."""
    events = ground.tables.events
    return events.filter(
        events.kind != "internal",
        ~events.channel.identical_to(ibis.literal(_SERVER)),
        events.occurred_at > moment_literal(now - within),
    )


def with_local(
    rows: ibis.Table, ground: Ground, now: int
) -> Generator[ibis.Table, Any, ibis.Table]:
    """Add `wall`: the time that each row's person saw on the clock; the brand's zone if unknown."""
    told = ground.tables.trait(ZONE)
    zones = told.select("profile_id", zone=ground.tables.cell(told.value, ()).text())
    zones = zones.filter(zones.zone.notnull())
    counted = zones.group_by("zone").agg(n=zones.count())
    found: pa.Table = yield counted.order_by(counted.n.desc(), counted.zone).limit(_MOST_ZONES)
    names = [name for name in found["zone"].to_pylist() if name != ground.zone]
    if not names:
        # Nobody's clock differs from the brand's: no join.
        return rows.mutate(wall=local(rows.occurred_at, ground.zone, now))
    apart = zones.filter(zones.zone.isin(names))
    joined = rows.left_join(apart, rows.profile_id == apart.profile_id).drop("profile_id_right")
    wall = local_by_zone(joined.occurred_at, joined.zone, names, ground.zone, now)
    return joined.mutate(wall=wall).drop("zone")


def active_hours(ground: Ground, within: int, now: int) -> Generator[ibis.Table, Any, ibis.Table]:
    """Return profile_id and nth, once for each hour since 1970 in which a person was active.

    Hours are those of the person's own clock: `nth % 24` is the hour of the day.
    """
    rows = _own_acts(ground, within, now).select("profile_id", "occurred_at")
    timed = yield from with_local(rows, ground, now)
    return timed.select("profile_id", nth=hour_number(timed.wall)).distinct()


def hour_number(wall: ibis.Value) -> ibis.Value:
    """Return how many hours a wall clock has shown since 1970."""
    return wall.epoch_seconds().cast("int64") // 3600
