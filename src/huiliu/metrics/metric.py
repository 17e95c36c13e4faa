"""A metric: what it counts, day by day and channel by channel, and how days become one figure.

Every metric reads into the same four columns, so whatever reads one metric reads all of them:
`day` (days since 1970 by the brand's clocks), `channel`, `top` and `bottom`. What the days of a
span add up to is said by `Adds` alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

import ibis

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.conditions.wall_clock import local
from huiliu.kernel.times import local_datetime

__all__ = ["Adds", "Cell", "Frame", "Metric", "Spent", "Unit", "WithCosts"]

_EPOCH: Final = dt.date(1970, 1, 1)


class Unit(StrEnum):
    """What a figure is measured in."""

    MONEY = "money"
    COUNT = "count"
    SHARE = "share"
    #: A number of days.
    DAYS = "days"
    POINTS = "points"
    #: How many times as much: 2.4 is 2.4 times.
    TIMES = "times"


class Adds(StrEnum):
    """How the days of a span become one figure."""

    #: The days' tops are added up.
    SUM = "sum"
    #: All tops over all bottoms.
    RATIO = "ratio"
    #: The mean of the days: what is distinct within a day adds up to nothing over days.
    MEAN = "mean"
    #: What stands at the last day.
    LEVEL = "level"
    #: Top over bottom at the last day, both of the days that end with it.
    STAND = "stand"


@dataclass(frozen=True, slots=True)
class Frame:
    """What is asked of a metric: whose, when and where."""

    tables: Tables
    #: The zone whose days are counted, IANA.
    zone: str
    now: int
    #: Instants: from this one on, and before that one.
    since: int
    until: int
    #: Only these channels; () = all.
    channels: tuple[str, ...] = ()
    #: Whether each channel stands by itself; else all of them are one.
    by_channel: bool = False
    #: Of money and orders; "" = every currency, which only counts may be.
    currency: str = ""
    #: Only messages of these journeys; () = of all.
    journeys: tuple[str, ...] = ()
    #: Whose costs; 0 = those of nobody, so that what needs costs knows none.
    brand_id: int = 0

    def inside(self, at: ibis.Value) -> ibis.Value:
        """Return whether a timestamp lies in the span."""
        return (at >= moment_literal(self.since)) & (at < moment_literal(self.until))

    @property
    def first_day(self) -> int:
        """Return the first day of the span, in days since 1970."""
        return _day_of(self.since, self.zone)

    @property
    def last_day(self) -> int:
        """Return the last day of which any of the span is."""
        return _day_of(self.until - 1, self.zone)

    @property
    def today(self) -> int:
        """Return the day that is not over, in days since 1970."""
        return _day_of(self.now, self.zone)

    def day(self, at: ibis.Value) -> ibis.Value:
        """Return the day that the brand's clocks show, in days since 1970."""
        wall = local(at, self.zone, self.now)
        return (wall.epoch_seconds() // 86_400).cast("int64")

    def place(self, rows: ibis.Table) -> ibis.Table:
        """Return the rows of the channels that are asked for, `channel` as the answer names it."""
        if self.channels:
            rows = rows.filter(rows.channel.isin(list(self.channels)))
        named = rows.channel.fill_null("") if self.by_channel else ibis.literal("")
        return rows.mutate(channel=named)

    def add_up(
        self, rows: ibis.Table, top: ibis.Value, bottom: ibis.Value | None = None
    ) -> ibis.Table:
        """Return day, channel, top and bottom of rows that have a day and a channel."""
        beneath = rows.count() if bottom is None else bottom
        return rows.group_by("day", "channel").agg(
            top=top.cast("float64"), bottom=beneath.cast("float64")
        )


def _day_of(at: int, zone: str) -> int:
    """Return the day that clocks in a zone show at an instant, in days since 1970."""
    return (local_datetime(at, zone).date() - _EPOCH).days


#: (top, bottom).
Cell: TypeAlias = tuple[float, float]


class Spent(NamedTuple):
    """What was spent in a day's cell, in major units."""

    total: float
    #: Of it, what discounts took off: sales are told after them.
    coupons: float
    #: The share of sales before discounts that is left after the goods.
    margin: float


#: Top, bottom and what was spent -> the cell.
WithCosts: TypeAlias = Callable[[float, float, Spent], Cell]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of the catalogue; its words are `metrics.<name>` and `metrics.<name>.what`."""

    name: str
    unit: Unit
    adds: Adds
    #: Returns day, channel, top and bottom: of a ratio both count, of others `bottom` is how many
    #: things the top was counted from.
    read: Callable[[Frame], ibis.Table]
    #: Whether more is better.
    is_more_better: bool = True
    #: Whether it counts messages that left.
    of_messages: bool = False
    #: Days over which each day's figure is counted; 0 = of the day alone.
    window_days: int = 0
    #: Days after which a day's figure is final; until then it is not told, or may still grow.
    settles_after: int = 0
    #: What costs do to a day's cell; they are no facts of the warehouse, so whoever reads the
    #: metric puts them in (services/figures.read_days).
    costed: WithCosts | None = None
