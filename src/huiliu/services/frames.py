"""The days, zone and money in which figures are asked of the warehouse."""

from __future__ import annotations

import datetime as dt
from typing import Final

from huiliu.kernel.times import Instant, as_instant, from_datetime, local_datetime
from huiliu.metrics import Frame
from huiliu.metrics.purchases import told_of_orders
from huiliu.ports.world import World

__all__ = ["day_number", "day_of", "first_day", "frame_of", "today", "usual_currency"]

_EPOCH: Final = dt.date(1970, 1, 1)


def frame_of(
    world: World,
    brand_id: int,
    first: dt.date,
    last: dt.date,
    channels: tuple[str, ...] = (),
    currency: str = "",
) -> Frame:
    """Return the frame of whole days by the brand's clocks; what is not over yet ends now."""
    now = world.clock.now()
    until = min(_midnight(last + dt.timedelta(days=1), world.zone), now + 1)
    return Frame(
        world.warehouse.population(brand_id), world.zone, now, _midnight(first, world.zone),
        max(until, _midnight(first, world.zone)), channels, currency=currency, brand_id=brand_id,
    )  # fmt: skip


def today(world: World) -> dt.date:
    """Return the day that the brand's clocks show."""
    return local_datetime(world.clock.now(), world.zone).date()


def day_number(day: dt.date) -> int:
    """Return a day in days since 1970."""
    return (day - _EPOCH).days


def day_of(number: int) -> dt.date:
    """Return the day of a number of days since 1970."""
    return _EPOCH + dt.timedelta(days=number)


def first_day(world: World, brand_id: int) -> dt.date | None:
    """Return the first day of which anything is known; None = nothing is."""
    events = world.warehouse.population(brand_id).events
    rows = events.filter(events.kind != "internal")
    found = world.warehouse.run(rows.aggregate(at=rows.occurred_at.min()))["at"][0].as_py()
    if found is None:
        return None
    return local_datetime(from_datetime(found.replace(tzinfo=dt.UTC)), world.zone).date()


def usual_currency(world: World, brand_id: int) -> str:
    """Return the currency that most orders were paid in; "" = there are none."""
    told = told_of_orders(world.warehouse.population(brand_id))
    rows = told.filter(told.name == "Order Paid")
    counted = world.warehouse.run(rows.group_by("currency").agg(n=rows.count())).to_pylist()
    known = sorted((-row["n"], row["currency"]) for row in counted if row["currency"])
    return str(known[0][1]) if known else ""


def _midnight(day: dt.date, zone: str) -> Instant:
    """Return the first instant of a day in a zone."""
    found = as_instant(day.isoformat(), zone)
    assert found is not None
    return found
