"""Touches and purchases of real events as the warehouse holds them, and the shortest answer."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

import ibis

from huiliu.attribution.touches import Touches, purchases_of, touch_rows
from huiliu.ports.world import World
from huiliu.services.figures import frame_of, usual_currency

__all__ = ["Held", "attributed", "hold_touches"]

_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class Held:
    """Touches and purchases that the warehouse holds while they are asked."""

    touches: ibis.Table
    #: Those of the span alone.
    purchases: ibis.Table

    def totals(self, world: World) -> tuple[int, float]:
        """Return how many orders there are, and what they cost together."""
        rows = self.purchases
        found = world.warehouse.run(rows.aggregate(n=rows.orders.sum(), value=rows.value.sum()))
        row = found.to_pylist()[0]
        return int(row["n"] or 0), float(row["value"] or 0.0)


@contextmanager
def hold_touches(
    world: World, brand_id: int, first: dt.date, last: dt.date, currency: str, *, direct: str
) -> Iterator[Held]:
    """Lend the touches of some days: held, as several questions begin with them."""
    frame = frame_of(world, brand_id, first, last, (), currency)
    name = f"touches-{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    bought = f"{name}-bought"
    try:
        purchases = world.warehouse.keep(bought, purchases_of(frame))
        asked = Touches(frame, purchases, keeps_direct=direct == "keep")
        touches = world.warehouse.keep(name, touch_rows(asked))
        inside = purchases.filter(frame.inside(purchases.bought_at))
        yield Held(touches, inside)
    finally:
        world.warehouse.let_go([name, bought])


def attributed(
    world: World,
    brand_id: int,
    first: dt.date,
    last: dt.date,
    *,
    channel: str = "",
    journey: str = "",
) -> tuple[int, float]:
    """Return orders and revenue of which the last touch by a message was one of these messages.

    Args:
        world: the instance.
        brand_id: whose orders.
        first: of the days on which they were paid.
        last: of the same.
        channel: only messages of this channel; "" = of all.
        journey: only messages of this journey or campaign; "" = of all.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    frame = frame_of(world, brand_id, first, last, (), usual_currency(world, brand_id))
    asked = Touches(frame, purchases_of(frame), only_messages=True)
    rows = touch_rows(asked)
    rows = rows.filter(rows.nth == rows.length, rows.orders > 0)
    if channel:
        rows = rows.filter(rows.channel == channel)
    if journey:
        rows = rows.filter(rows.journey == journey)
    summed = rows.aggregate(n=rows.orders.sum(), value=rows.value.sum())
    found = world.warehouse.run(summed).to_pylist()[0]
    return int(found["n"] or 0), float(found["value"] or 0.0)
