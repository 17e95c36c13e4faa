"""What the board of points is made of: flows between channels, lots by age, what is out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from huiliu.rewards.liability import Earned, Open, Used

__all__ = ["Flow", "PointsBoardStore", "PointsTotals"]


@dataclass(frozen=True, slots=True)
class Flow:
    """Points that went from where they were earned to where they went."""

    #: Channel; "" = none was told.
    source: str
    #: burn, expire, claw_back, adjust.
    kind: str
    #: Channel where they were spent; "" = none was told.
    target: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class PointsTotals:
    """What all people hold together."""

    available: Decimal
    pending: Decimal
    debt: Decimal
    n_people: int


class PointsBoardStore(Protocol):
    """Sums over the ledger of points, inside one transaction."""

    def totals(self, brand_id: int) -> PointsTotals:
        """Return what is out."""
        ...

    def earned(self, brand_id: int, since: int, until: int) -> Sequence[tuple[str, Decimal]]:
        """Return (channel, points) of what was earned in a span, most first."""
        ...

    def flows(self, brand_id: int, since: int, until: int) -> Sequence[Flow]:
        """Return where points went that left their lots in a span, most first."""
        ...

    def lots(self, brand_id: int, now: int) -> Sequence[Earned]:
        """Return what was ever earned, by group of people and age."""
        ...

    def uses(self, brand_id: int, now: int) -> Sequence[Used]:
        """Return what ever left its lot, by group of people and ages."""
        ...

    def open(self, brand_id: int, now: int) -> Sequence[Open]:
        """Return what is out, by age and what is left of its life."""
        ...
