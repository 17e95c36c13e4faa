"""The board of points: what is out, what it will cost, where it was earned and where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from huiliu.kernel.fields import Price
from huiliu.kernel.times import DAY
from huiliu.ports.points import CloseRow
from huiliu.ports.points_board import Flow, PointsTotals
from huiliu.ports.world import World
from huiliu.rewards.liability import Forecast, deferred, forecast
from huiliu.services.programme import programme

__all__ = ["DAYS", "PointsBoard", "Share", "points_board"]

#: How far back flows may be asked for, days.
DAYS: Final = (30, 90, 365)
_CLOSES: Final = 7


@dataclass(frozen=True, slots=True)
class Share:
    """One channel's part."""

    channel: str
    points: Decimal
    share: float


@dataclass(frozen=True, slots=True)
class PointsBoard:
    """All of it."""

    days: int
    totals: PointsTotals
    forecast: Forecast
    #: What a point is worth; None = the programme does not say.
    value: Price | None
    #: What is out, priced: in full, and after breakage with its interval; None without a value.
    in_full: Decimal | None
    liability: Decimal | None
    low: Decimal | None
    high: Decimal | None
    #: Of a sale of 100 with 100 points, what is not earned yet (IFRS 15).
    deferred: Decimal | None
    earned: Sequence[Share]
    burnt: Sequence[Share]
    flows: Sequence[Flow]
    closes: Sequence[CloseRow]

    @property
    def n_earned(self) -> Decimal:
        """Return what was earned in the span."""
        return sum((one.points for one in self.earned), Decimal(0))

    @property
    def n_burnt(self) -> Decimal:
        """Return what was spent in the span."""
        return sum((one.points for one in self.burnt), Decimal(0))

    @property
    def n_expired(self) -> Decimal:
        """Return what ended in the span."""
        return sum((one.points for one in self.flows if one.kind == "expire"), Decimal(0))


def points_board(world: World, brand_id: int, days: int = DAYS[0]) -> PointsBoard:
    """Return the board over the last days."""
    now = world.clock.now()
    since = now - days * DAY
    with world.store.transaction(brand_id) as tx:
        board = tx.points_board
        totals = board.totals(brand_id)
        found = forecast(board.lots(brand_id, now), board.uses(brand_id, now),
                         board.open(brand_id, now))  # fmt: skip
        earned = board.earned(brand_id, since, now + 1)
        flows = board.flows(brand_id, since, now + 1)
        value = programme(tx, world, brand_id).value
        closes = tx.points.closes(brand_id, _CLOSES)
    out = totals.available + totals.pending
    burnt: dict[str, Decimal] = {}
    for one in flows:
        if one.kind == "burn":
            burnt[one.target] = burnt.get(one.target, Decimal(0)) + one.points
    return PointsBoard(
        days, totals, found, value,
        _priced(out, value, 1.0), _priced(out, value, found.rate),
        _priced(out, value, found.low), _priced(out, value, found.high),
        _deferred(value, found.rate), _shares(earned),
        _shares(sorted(burnt.items(), key=lambda pair: (-pair[1], pair[0]))), flows, closes,
    )  # fmt: skip


def _priced(points: Decimal, value: Price | None, rate: float | None) -> Decimal | None:
    """Return what points cost if this share of them is spent."""
    if value is None or rate is None:
        return None
    return (points * value.amount * Decimal(str(round(rate, 6)))).quantize(Decimal("0.01"))


def _deferred(value: Price | None, rate: float) -> Decimal | None:
    """Return what of a sale of 100 with 100 points is owed."""
    if value is None:
        return None
    whole = Decimal(100)
    return deferred(whole, whole, value.amount, Decimal(str(rate))).quantize(Decimal("0.01"))


def _shares(parts: Sequence[tuple[str, Decimal]]) -> list[Share]:
    """Return each channel with its part of the whole."""
    whole = sum((points for _, points in parts), Decimal(0))
    return [Share(channel, points, float(points / whole) if whole else 0.0)
            for channel, points in parts]  # fmt: skip
