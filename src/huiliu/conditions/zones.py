"""Where the rows' people live, for the Ibis reader: zones' names, and calendar windows in them.

Windows in zones are computed here in Python, once for each zone, and handed over as plain numbers:
no engine's own time-zone data is asked.
"""

from __future__ import annotations

import ibis

from huiliu.conditions.moments import stamp_of
from huiliu.conditions.population import Tables, moment_literal
from huiliu.kernel.calendar import Period, periods

__all__ = ["with_period", "with_zone"]


def with_zone(rows: ibis.Table, tables: Tables) -> ibis.Table:
    """Return the rows with a column `zone_name`: what their person's zone is called, or null."""
    zones = tables.trait("zone")
    named = zones.select(zone_of=zones.profile_id, zone_name=tables.cell(zones.value, ()).text())
    return rows.left_join(named, rows.profile_id == named.zone_of).drop("zone_of")


def with_period(rows: ibis.Table, tables: Tables, word: str, now: int, zone: str) -> ibis.Table:
    """Return the rows with `since`, `before` and `ends` of a calendar window, timestamps.

    Args:
        rows: with `profile_id`.
        tables: where zones stand.
        word: which calendar window.
        now: the instant.
        zone: of people who have none of their own.
    """
    known = periods(word, now)
    own = known[zone]
    elsewhere = {name: one for name, one in known.items() if one != own}
    placed = _placed(tables, elsewhere)
    joined = rows.left_join(placed, rows.profile_id == placed.zone_of)
    return joined.mutate(
        since=joined.since.fill_null(moment_literal(own.since)),
        before=joined.before.fill_null(moment_literal(own.before)),
        ends=joined.ends.fill_null(moment_literal(own.ends)),
    ).drop("zone_of")


def _placed(tables: Tables, known: dict[str, Period]) -> ibis.Table:
    """Return the window of everybody who lives in one of the zones."""
    # One literal, taken apart by the engine: hundreds of them take long to compile.
    written = ";".join(",".join((name, *map(str, one))) for name, one in sorted(known.items()))
    each = ibis.literal(written).split(";").unnest().name("line").as_table()
    parts = each.select(part=each.line.split(","))
    windows = parts.select(
        window_zone=parts.part[0],
        since=stamp_of(parts.part[1].cast("int64")),
        before=stamp_of(parts.part[2].cast("int64")),
        ends=stamp_of(parts.part[3].cast("int64")),
    )
    zones = tables.trait("zone")
    # Few zones and many people: each name is read once.
    names = zones.select("value").distinct()
    named = names.select(zone_value=names.value, zone_name=tables.cell(names.value, ()).text())
    placed = named.inner_join(windows, named.zone_name == windows.window_zone)
    found = zones.inner_join(placed, zones.value == placed.zone_value)
    return found.select("since", "before", "ends", zone_of=found.profile_id)
