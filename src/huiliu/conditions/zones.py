"""What the clocks of the rows' people show, for the Ibis reader: their day, and calendar windows.

Windows in zones are computed here in Python, once for each zone, and handed over as plain numbers:
no engine's own time-zone data is asked.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis

from huiliu.conditions.clock import EPOCH_DAY
from huiliu.conditions.moments import stamp_of
from huiliu.conditions.population import Tables
from huiliu.kernel.calendar import Period, local_day, periods

__all__ = ["with_day", "with_period"]


def with_day(rows: ibis.Table, tables: Tables, now: int, zone: str) -> ibis.Table:
    """Return the rows with `local_day`: what their person's clocks show, in days since 1970.

    Args:
        rows: with `profile_id`.
        tables: where zones stand.
        now: the instant.
        zone: of people who have none of their own.
    """
    days = {
        name: (local_day(now, name) - EPOCH_DAY).days for name in (*periods("today", now), zone)
    }
    return _joined(rows, tables, {name: {"local_day": day} for name, day in days.items()}, zone)


def with_period(rows: ibis.Table, tables: Tables, word: str, now: int, zone: str) -> ibis.Table:
    """Return the rows with `since`, `before` and `ends` of a calendar window, timestamps.

    Args:
        rows: with `profile_id`.
        tables: where zones stand.
        word: which calendar window.
        now: the instant.
        zone: of people who have none of their own.
    """
    known = {name: one._asdict() for name, one in periods(word, now).items()}
    found = _joined(rows, tables, known, zone)
    return found.mutate(**{name: stamp_of(found[name]) for name in Period._fields})


def _joined(
    rows: ibis.Table, tables: Tables, known: Mapping[str, Mapping[str, int]], zone: str
) -> ibis.Table:
    """Return the rows with the numbers that are known of their person's zone as columns."""
    own = known[zone]
    # One literal, taken apart by the engine: hundreds of them take long to compile.
    written = ";".join(
        ",".join((name, *map(str, numbers.values())))
        for name, numbers in sorted(known.items())
        if numbers != own
    )
    lines = ibis.literal(written).split(";").unnest().name("line").as_table()
    parts = lines.select(part=lines.line.split(","))
    numbers = parts.select(
        parts.part[0].name("number_of"),
        *(parts.part[at].cast("int64").name(name) for at, name in enumerate(own, start=1)),
    )
    zones = tables.trait("zone")
    # Few zones and many people: each name is read once.
    names = zones.select("value").distinct()
    named = names.select(zone_value=names.value, zone_name=tables.cell(names.value, ()).text())
    placed = named.inner_join(numbers, named.zone_name == numbers.number_of)
    people = zones.inner_join(placed, zones.value == placed.zone_value)
    found = people.select(*own, zone_of=people.profile_id)
    joined = rows.left_join(found, rows.profile_id == found.zone_of)
    filled = {name: joined[name].fill_null(number) for name, number in own.items()}
    return joined.mutate(**filled).drop("zone_of")
