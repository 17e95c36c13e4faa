"""What each channel was worth: what it reached, sold and cost, and what would not have been sold.

Attributed stands beside incremental: the first is credited by the last touch, the second is what a
holdout tells, where there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from huiliu.metrics.channel_results import reach, sales
from huiliu.ports.world import World
from huiliu.services.costs import CostParts, costs_in
from huiliu.services.frames import frame_of, usual_currency
from huiliu.services.incremental import Incremental, incremental

__all__ = ["ChannelWorth", "ChannelWorths", "channel_worth"]

#: More is claimed than was measured.
DOUBTFUL: Final = 2.0
_REACHED: Final = ("sent", "delivered", "opened", "clicked", "converted", "opted_out")
_SOLD: Final = ("orders", "buyers", "new_buyers")


@dataclass(frozen=True, slots=True)
class ChannelWorth:
    """One channel over some days; money in major units."""

    #: "" = orders and costs of which no channel is known; of the total, all of them.
    channel: str
    sent: int
    delivered: int
    opened: int
    clicked: int
    #: Messages that an order is credited to, within seven days.
    converted: int
    opted_out: int
    #: By the last touch.
    orders: int
    buyers: int
    new_buyers: int
    revenue: float
    costs: CostParts
    #: What is left of sales after the goods; None = nobody said, and nothing is taken off.
    margin: float | None = None
    #: What a holdout tells; None = the channel sends nothing.
    incremental: Incremental | None = None

    @property
    def roas(self) -> float | None:
        """Return attributed revenue over costs; None where nothing was spent."""
        return self.revenue / self.costs.total if self.costs.total > 0 else None

    @property
    def roi(self) -> float | None:
        """Return what is left of attributed sales after goods and costs, over the costs.

        The coupons are put back before the margin is taken, as they are among the costs.
        """
        spent = self.costs.total
        if spent <= 0:
            return None
        kept = (self.revenue + self.costs.coupons) * (1.0 if self.margin is None else self.margin)
        return (kept - spent) / spent

    @property
    def cac(self) -> float | None:
        """Return costs over people who bought for the first time; None where nothing was spent."""
        spent = self.costs.total
        return spent / self.new_buyers if self.new_buyers and spent > 0 else None

    @property
    def attributed_over_incremental(self) -> float | None:
        """Return how many times as much is claimed as was measured; None = it cannot be told."""
        found = self.incremental
        if found is None or found.why_not is not None or found.revenue.total <= 0:
            return None
        return self.revenue / found.revenue.total

    @property
    def is_doubtful(self) -> bool:
        """Say whether far more is claimed than was measured."""
        ratio = self.attributed_over_incremental
        return ratio is not None and ratio > DOUBTFUL


@dataclass(frozen=True, slots=True)
class ChannelWorths:
    """All channels over some days."""

    first: dt.date
    last: dt.date
    currency: str
    margin: float | None
    #: Most revenue first.
    rows: tuple[ChannelWorth, ...]
    total: ChannelWorth
    #: Currency -> media spend that is in none of this: nothing is exchanged.
    left_out: Mapping[str, float]


def channel_worth(
    world: World, brand_id: int, first: dt.date, last: dt.date, currency: str = ""
) -> ChannelWorths:
    """Return what each channel was worth on whole days by the brand's clocks.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    currency = currency or usual_currency(world, brand_id)
    frame = replace(frame_of(world, brand_id, first, last), currency=currency)
    reached = {row["channel"]: row for row in world.warehouse.run(reach(frame)).to_pylist()}
    sold, whole = {}, {}
    for row in world.warehouse.run(sales(frame)).to_pylist():
        if row["whole"]:
            whole = row
        else:
            sold[row["channel"]] = row
    spent = costs_in(world, frame)
    by_channel = spent.by_channel
    rows = [
        _row(
            channel, reached.get(channel, {}), sold.get(channel, {}),
            by_channel.get(channel, CostParts()), spent.margin,
            incremental(world, brand_id, f"channel:{channel}", first, last)
            if channel in reached and channel else None,
        )
        for channel in reached.keys() | sold.keys() | by_channel.keys()
    ]  # fmt: skip
    summed = {
        name: sum(row[name] for row in reached.values())
        for name in ("sent", "delivered", "opened", "clicked", "converted", "opted_out")
    }
    told = incremental(world, brand_id, "brand", first, last) if summed["sent"] else None
    total = _row("", summed, whole, spent.total, spent.margin, told)
    ordered = sorted(rows, key=lambda row: (-row.revenue, -row.costs.total, row.channel))
    return ChannelWorths(
        first, last, spent.currency, spent.margin, tuple(ordered), total, spent.left_out
    )


def _row(
    channel: str,
    reached: Mapping[str, Any],  # as the warehouse answers
    sold: Mapping[str, Any],
    costs: CostParts,
    margin: float | None,
    told: Incremental | None,
) -> ChannelWorth:
    """Return one channel."""
    counts = {name: int(reached.get(name) or 0) for name in _REACHED}
    counts |= {name: int(sold.get(name) or 0) for name in _SOLD}
    revenue = float(sold.get("revenue") or 0.0)
    return ChannelWorth(
        channel, **counts, revenue=revenue, costs=costs, margin=margin, incremental=told
    )
