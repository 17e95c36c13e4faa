"""Reads metrics of the catalogue from the warehouse, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import ibis

from huiliu.kernel.errors import NotFound
from huiliu.metrics import METRICS, Frame, Metric, Unit
from huiliu.metrics.metric import Cell, Spent
from huiliu.planning.outlook import Days, counted, figure_of
from huiliu.ports.world import World
from huiliu.services.costs import CostParts, Costs, costs_in
from huiliu.services.frames import (
    day_number,
    day_of,
    first_day,
    frame_of,
    today,
    usual_currency,
)
from huiliu.statistics.proportions import Interval, wilson

__all__ = [
    "Asked",
    "Figures",
    "day_number",
    "day_of",
    "first_day",
    "frame_of",
    "metric_named",
    "read_days",
    "read_figures",
    "today",
    "usual_currency",
]

#: What every metric reads into.
_COLUMNS: Final = ("day", "channel", "top", "bottom")


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
    #: Channel -> from how many, where days tell something else; "" = all of them.
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def interval(self) -> Interval | None:
        """Return the 95 % interval of a share; None = it is none, or nothing was counted."""
        return self._interval(self.days)

    def interval_of(self, channel: str) -> Interval | None:
        """Return the interval of one channel's share."""
        return self._interval(self.by_channel.get(channel, {}))

    def _interval(self, days: Days) -> Interval | None:
        """Return the interval of what was counted on some days."""
        metric = self.asked.metric
        if metric.unit is not Unit.SHARE:
            return None
        span = day_number(self.asked.first), day_number(self.asked.last)
        top, bottom = counted(metric, days, span)
        return wilson(round(top), round(bottom)) if bottom else None

    def of_channel(self, channel: str) -> float | None:
        """Return the figure of one channel."""
        span = day_number(self.asked.first), day_number(self.asked.last)
        return figure_of(self.asked.metric, self.by_channel.get(channel, {}), span)

    def n_of(self, channel: str) -> int:
        """Return from how many things the figure of one channel is."""
        if channel in self.counts:
            return self.counts[channel]
        return _n(self.asked, self.by_channel.get(channel, {}))


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
    if not currency and (asked.metric.unit is Unit.MONEY or asked.metric.costed):
        currency = usual_currency(world, brand_id)
    frame = frame_of(world, brand_id, asked.first, asked.last, asked.channels, currency)
    days, by_channel = _both_cells(world, asked.metric, frame)
    counts: dict[str, int] = {}
    if asked.metric.costed is not None:
        # Of costs, it is said how many orders or people they are set against.
        counts = {channel: _n(asked, told) for channel, told in by_channel.items()}
        counts[""] = _n(asked, days.get("", {}))
        costs = costs_in(world, frame)
        by_channel = _with_costs(asked.metric, by_channel, costs)
        days = {"": _with_all_costs(asked.metric, days.get("", {}), costs)}
    mine = days.get("", {})
    span = day_number(asked.first), day_number(asked.last)
    n = counts[""] if counts else _n(asked, mine)
    total = figure_of(asked.metric, mine, span) if mine else None
    return Figures(asked, currency, total, n, mine, by_channel, counts)


def read_days(
    world: World, metric: Metric, frame: Frame, *, by_channel: bool = False
) -> Mapping[str, Days]:
    """Return channel -> what was counted on each day; "" is all of them, or those unknown."""
    if metric.costed is not None and not frame.currency:
        frame = replace(frame, currency=usual_currency(world, frame.brand_id))
    found = _cells(world, metric, replace(frame, by_channel=by_channel))
    if metric.costed is None:
        return found if by_channel else {"": found.get("", {})}
    costs = costs_in(world, frame)
    if by_channel:
        return _with_costs(metric, found, costs)
    return {"": _with_all_costs(metric, found.get("", {}), costs)}


def _cells(world: World, metric: Metric, frame: Frame) -> dict[str, dict[int, Cell]]:
    """Return what the warehouse counts."""
    return _placed(world.warehouse.run(metric.read(frame)).to_pylist())


def _both_cells(
    world: World, metric: Metric, frame: Frame
) -> tuple[dict[str, dict[int, Cell]], dict[str, dict[int, Cell]]]:
    """Return what it counts for all channels together, and for each: one question.

    Both begin with the same rows, orders for instance, which an engine then puts together once.
    """
    whole, each = (
        metric.read(replace(frame, by_channel=by_channel)).select(*_COLUMNS)
        for by_channel in (False, True)
    )
    both = ibis.union(
        whole.mutate(whole=ibis.literal(True)), each.mutate(whole=ibis.literal(False))
    )
    rows = world.warehouse.run(both).to_pylist()
    return (
        _placed([row for row in rows if row["whole"]]),
        _placed([row for row in rows if not row["whole"]]),
    )


def _placed(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, Cell]]:
    """Return channel -> day -> what was counted, of the warehouse's rows."""
    found: dict[str, dict[int, Cell]] = {}
    for row in rows:
        found.setdefault(row["channel"], {})[row["day"]] = (float(row["top"]), float(row["bottom"]))
    return found


def _n(asked: Asked, days: Days) -> int:
    """Return from how many things a figure is."""
    span = day_number(asked.first), day_number(asked.last)
    return round(counted(asked.metric, days, span)[1])


def _with_costs(
    metric: Metric, cells: Mapping[str, Mapping[int, Cell]], costs: Costs
) -> dict[str, dict[int, Cell]]:
    """Return the cells of each channel with what was spent in them."""
    assert metric.costed is not None
    spent = {(channel, day): parts for (day, channel), parts in costs.cells.items()}
    keys = spent.keys() | {(channel, day) for channel, days in cells.items() for day in days}
    margin = 1.0 if costs.margin is None else costs.margin
    found: dict[str, dict[int, Cell]] = {}
    for channel, day in sorted(keys):
        top, bottom = cells.get(channel, {}).get(day, (0.0, 0.0))
        parts = spent.get((channel, day), CostParts())
        told = Spent(parts.total, parts.coupons, margin)
        found.setdefault(channel, {})[day] = metric.costed(top, bottom, told)
    return found


def _with_all_costs(metric: Metric, days: Mapping[int, Cell], costs: Costs) -> dict[int, Cell]:
    """Return the cells of all channels together with what was spent in any."""
    cells: dict[tuple[int, str], CostParts] = {}
    for (day, _), parts in costs.cells.items():
        cells[day, ""] = cells.get((day, ""), CostParts()) + parts
    return _with_costs(metric, {"": days}, replace(costs, cells=cells)).get("", {})
