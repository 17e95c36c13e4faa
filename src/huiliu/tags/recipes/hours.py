"""Hours of the day as people's own clocks show them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import ibis
import pyarrow as pa

from huiliu.conditions.population import moment_literal
from huiliu.tags.recipe import Ground
from huiliu.tags.zones import local, local_by_zone

__all__ = ["ZONE", "own_acts", "with_local"]

#: The trait that holds a person's zone.
ZONE: Final = "zone"
_SERVER: Final = "server"
#: A brand's people live in fewer zones than this; others count by the brand's own.
_MOST_ZONES: Final = 100


def own_acts(ground: Ground, within: int, now: int) -> ibis.Table:
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
