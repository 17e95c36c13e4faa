"""Reads metrics of the catalogue from the warehouse, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import Instant, as_instant, from_datetime, local_datetime
from huiliu.metrics import METRICS, Frame, Metric, Unit
from huiliu.metrics.purchases import purchase_rows
from huiliu.planning.outlook import Days, figure_of
from huiliu.ports.world import World

__all__ = [
    "Asked",
    "Figures",
    "day_number",
    "first_day",
    "frame_of",
    "metric_named",
    "read_days",
    "read_figures",
    "today",
    "usual_currency",
]

_EPOCH: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a metric."""

    metric: Metric
    first: dt.date
    last: dt.date
    channels: tuple[str, ...] = ()
    #: "" = of money: the one that most is paid in.
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A metric over some days, for all channels together and for each."""

    asked: Asked
    currency: str
    #: None = nothing was counted.
    total: float | None
    #: From how many things: orders, people, messages.
    n: int
    days: Days
    by_channel: Mapping[str, Days]

    def of_channel(self, channel: str) -> float | None:
        """Return the figure of one channel."""
        span = day_number(self.asked.first), day_number(self.asked.last)
        return figure_of(self.asked.metric, self.by_channel.get(channel, {}), span)

    def n_of(self, channel: str) -> int:
        """Return from how many things the figure of one channel is."""
        return round(sum(bottom for _, bottom in self.by_channel.get(channel, {}).values()))


def metric_named(name: str) -> Metric:
    """Return a metric of the catalogue; raise NotFound."""
    if name not in METRICS:
        raise NotFound("metric", name)
    return METRICS[name]


def read_figures(world: World, brand_id: int, asked: Asked) -> Figures:
    """Return a metric over some days.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    currency = asked.currency
    if not currency and asked.metric.unit is Unit.MONEY:
        currency = usual_currency(world, brand_id)
    frame = frame_of(world, brand_id, asked.first, asked.last, asked.channels, currency)
    days = read_days(world, asked.metric, frame)[""]
    by_channel = read_days(world, asked.metric, frame, by_channel=True)
    span = day_number(asked.first), day_number(asked.last)
    n = round(sum(bottom for _, bottom in days.values()))
    total = figure_of(asked.metric, days, span) if days else None
    return Figures(asked, currency, total, n, days, by_channel)


def read_days(
    world: World, metric: Metric, frame: Frame, *, by_channel: bool = False
) -> Mapping[str, Days]:
    """Return channel -> what was counted on each day; "" is all of them, or those unknown."""
    rows = world.warehouse.run(metric.read(replace(frame, by_channel=by_channel))).to_pylist()
    found: dict[str, dict[int, tuple[float, float]]] = {} if by_channel else {"": {}}
    for row in rows:
        found.setdefault(row["channel"], {})[row["day"]] = (row["top"], row["bottom"])
    return found


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
        max(until, _midnight(first, world.zone)), channels, currency=currency,
    )  # fmt: skip


def today(world: World) -> dt.date:
    """Return the day that the brand's clocks show."""
    return local_datetime(world.clock.now(), world.zone).date()


def day_number(day: dt.date) -> int:
    """Return a day in days since 1970."""
    return (day - _EPOCH).days


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
    rows = purchase_rows(world.warehouse.population(brand_id))
    counted = world.warehouse.run(rows.group_by("currency").agg(n=rows.count())).to_pylist()
    known = sorted((-row["n"], row["currency"]) for row in counted if row["currency"])
    return str(known[0][1]) if known else ""


def _midnight(day: dt.date, zone: str) -> Instant:
    """Return the first instant of a day in a zone."""
    found = as_instant(day.isoformat(), zone)
    assert found is not None
    return found
