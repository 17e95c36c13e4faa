"""What is attributed and what was caused, always beside each other and named as such."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.experiments.holdout import KIND, parsed_holdout
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_day
from huiliu.metrics.attributed import credited
from huiliu.metrics.rows import purchases
from huiliu.ports.world import World
from huiliu.services.frames import frame_of, today, usual_currency
from huiliu.services.incremental import Incremental, incremental

__all__ = ["DAYS", "DOUBTFUL", "Beside", "beside_of", "read_span"]

#: Where nobody says which days: so many, today among them.
DAYS: Final = 90
#: Claimed so many times what was measured, a figure is not to be planned with.
DOUBTFUL: Final = 2.0
_SCOPES: Final = ("brand", "channel", "journey", "message", "holdout")
_LONGEST: Final = 2 * 366


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing, seen both ways."""

    incremental: Incremental
    currency: str
    #: Orders credited to its messages by the last touch, and what they brought; None = the last
    #: touch does not know it.
    orders: int | None
    revenue: float | None

    @property
    def ratio(self) -> float | None:
        """Return how many times as much is attributed as was caused; None = it cannot be told."""
        found = self.incremental
        if self.revenue is None or not found.is_known or found.revenue.total <= 0:
            return None
        return self.revenue / found.revenue.total

    @property
    def is_doubtful(self) -> bool:
        """Say whether far more is claimed than was measured."""
        return self.ratio is not None and self.ratio > DOUBTFUL


def read_span(world: World, first: str, last: str) -> tuple[dt.date, dt.date]:
    """Return the days that two texts say, or the last 90; raise BadInput."""
    problems = []
    days = []
    for name, written in (("from", first), ("until", last)):
        try:
            days.append(as_day(written) if written else None)
        except ValueError:
            problems.append(Problem(name, text("plans.want_day")))
    if problems:
        raise BadInput(tuple(problems))
    ends = days[1] or today(world)
    begins = days[0] or ends - dt.timedelta(days=DAYS - 1)
    if ends < begins:
        raise BadInput((Problem("until", text("plans.ends_before")),))
    if (ends - begins).days >= _LONGEST:
        raise BadInput((Problem("from", text("plans.too_long", most=_LONGEST)),))
    return begins, ends


def beside_of(world: World, brand_id: int, scope: str, first: dt.date, last: dt.date) -> Beside:
    """Return what is attributed to a thing and what it caused, over whole days.

    Args:
        world: the instance.
        brand_id: whose.
        scope: `brand`, `channel:<c>`, `journey:<slug>`, `message:<template>`, `holdout:<slug>`.
        first: the first day whose purchases count.
        last: the last one.

    Raises:
        NotFound: there is no such kind of thing.
        EngineFailed: the warehouse cannot answer.
    """
    if scope.partition(":")[0] not in _SCOPES:
        raise NotFound("scope", scope)
    found = incremental(world, brand_id, scope, first, last)
    currency = found.currency or usual_currency(world, brand_id)
    orders, revenue = _attributed(world, brand_id, scope, (first, last), currency)
    return Beside(found, currency, orders, revenue)


def _attributed(
    world: World, brand_id: int, scope: str, span: tuple[dt.date, dt.date], currency: str
) -> tuple[int | None, float | None]:
    """Return the orders credited to a thing's messages, and what they brought."""
    kind, things = _things(world, brand_id, scope)
    frame = frame_of(world, brand_id, *span, (), currency)
    bought = purchases(frame)
    rows = credited(frame, bought.filter(frame.inside(bought.paid_at)))
    # An order that no message is credited with was brought by none.
    rows = rows.filter(rows.journey.notnull() & (rows.journey != ""))
    if kind == "channel":
        rows = rows.filter(rows.channel.isin(list(things)))
    elif kind == "journey":
        rows = rows.filter(rows.journey.isin(list(things)))
    elif kind != "brand":
        return None, None
    sums = rows.aggregate(
        orders=rows.count(), revenue=rows.total.sum().fill_null(ibis.literal(0.0, "float64"))
    )
    row = world.warehouse.run(sums).to_pylist()[0]
    return int(row["orders"]), float(row["revenue"])


def _things(world: World, brand_id: int, scope: str) -> tuple[str, tuple[str, ...]]:
    """Return the kind and the names of what a scope stands for."""
    kind, _, thing = scope.partition(":")
    if kind != KIND:
        return kind, (thing,)
    with world.store.transaction(brand_id) as tx:
        for one in tx.documents.all(brand_id, KIND):
            if one.slug == thing:
                found = parsed_holdout(one.source)
                return ("brand" if found.scope == "global" else found.scope), found.things
    raise NotFound(KIND, thing)
