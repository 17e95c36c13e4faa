"""What messages brought that would not have come anyway, as holdouts tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Final

from huiliu.experiments.holdout import KIND, journey_scope, parsed_holdout
from huiliu.experiments.incremental import (
    FEWEST,
    Effect,
    add_up,
    compare_arms,
    people_needed,
    ratio_p,
    strata_of,
)
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import local_datetime
from huiliu.ports.assignments import ScopeRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.arm_statistics import arm_statistics, drawn_strata
from huiliu.services.costs import costs
from huiliu.services.frames import frame_of, usual_currency
from huiliu.statistics.cuped import Paired
from huiliu.statistics.sample_ratio import BLOCKED

__all__ = ["Incremental", "drawn_in", "incremental", "scope_of"]

_NOTHING: Final = Effect(nan, nan, nan, nan, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Incremental:
    """What was caused in some days, or why nobody can tell."""

    #: brand, channel:<c>, journey:<slug>, message:<template> or holdout:<slug>, as it was asked.
    scope: str
    #: What people were drawn by; "" = nothing.
    drawn_by: str
    first: dt.date
    last: dt.date
    #: People drawn until the last day.
    treated: int
    held: int
    #: Of a person: whether they bought, and what they paid.
    buyers: Effect
    revenue: Effect
    currency: str
    #: Messages and discounts that the treated had, in major units; None = nobody said.
    cost: float | None
    #: Of sales, what is left after the goods; None = nobody said.
    margin: float | None
    srm_p: float
    #: None = the figures may be believed.
    why_not: Text | None
    #: The revenue of a person as it stood at the end of each day.
    days: Sequence[tuple[dt.date, Effect]] = ()

    @property
    def is_known(self) -> bool:
        """Say whether the figures may be believed, be they 0 or not."""
        return self.why_not is None

    @property
    def more_needed(self) -> int | None:
        """Return how many more people it takes to tell the revenue from 0; None = no number."""
        more = self.revenue.more_needed
        return None if isnan(more) else round(more)

    @property
    def iroas(self) -> tuple[float, float, float] | None:
        """Return incremental revenue for each unit of cost, and its interval."""
        if not self.is_known or not self.cost:
            return None
        low, high = self.revenue.total_interval
        return self.revenue.total / self.cost, low / self.cost, high / self.cost

    @property
    def iroi(self) -> tuple[float, float, float] | None:
        """Return the gain for each unit of cost: what is left of the revenue, less the cost."""
        found, margin = self.iroas, self.margin
        if found is None or margin is None:
            return None
        return found[0] * margin - 1, found[1] * margin - 1, found[2] * margin - 1

    @property
    def said(self) -> Text:
        """Return the verdict in words."""
        if self.why_not is not None:
            return self.why_not
        if self.revenue.is_told:
            return text("incremental.told_more" if self.revenue.difference > 0 else
                        "incremental.told_less")  # fmt: skip
        if self.more_needed is None:
            return text("incremental.no_difference")
        return text("incremental.cannot_tell", more=self.more_needed)


def incremental(
    world: World, brand_id: int, scope: str, first: dt.date, last: dt.date
) -> Incremental:
    """Return what was caused in whole days by the brand's clocks.

    Args:
        world: the instance.
        brand_id: whose.
        scope: `brand`, `channel:<c>`, `journey:<slug>`, `message:<template>`, `holdout:<slug>`.
        first: the first day whose purchases count.
        last: the last one.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    with world.store.transaction(brand_id) as tx:
        drawn_by, row = drawn_in(tx, world, brand_id, scope, first, last)
    if row is None:
        key = "incremental.nobody_drawn" if drawn_by else "incremental.no_holdout"
        return Incremental(
            scope, drawn_by, first, last, 0, 0, _NOTHING, _NOTHING, "", None, None, 1.0, text(key)
        )
    currency = usual_currency(world, brand_id)
    frame = frame_of(world, brand_id, first, last, (), currency)
    # What people bought after the holdout was over tells nothing of it.
    until = min(frame.until, row.ended_at) if row.ended_at else frame.until
    people = drawn_strata(world, brand_id, drawn_by)
    bought, paid = (
        arm_statistics(
            world, brand_id, people, outcome, since=frame.since, until=until, currency=currency
        )
        for outcome in ("bought", "revenue")
    )
    strata = strata_of(bought.sums())
    treated, held = add_up(strata)
    srm_p = ratio_p(strata)
    spent = _costs(world, brand_id, scope, first, last)
    return Incremental(
        scope, drawn_by, first, last, round(treated.n), round(held.n), compare_arms(strata),
        compare_arms(strata_of(paid.sums())), currency, *spent, srm_p,
        _why_not(srm_p, treated, held),
        [(day, compare_arms(strata_of(sums))) for day, sums in paid.series() if day >= first],
    )  # fmt: skip


def drawn_in(
    tx: Tx, world: World, brand_id: int, scope: str, first: dt.date, last: dt.date
) -> tuple[str, ScopeRow | None]:
    """Return what people were drawn by in some days, of several rounds that which covers most."""
    drawn_by = scope_of(tx, brand_id, scope)
    base = drawn_by.partition("#")[0]
    rounds = [
        row
        for key, row in tx.assignments.scopes(brand_id).items()
        if drawn_by and key.partition("#")[0] == base
    ]
    if not rounds:
        return drawn_by, None

    def covered(row: ScopeRow) -> tuple[int, int]:
        """Return how many of the days a round covers, and when it began."""
        begins = local_datetime(row.began_at, world.zone).date()
        ends = local_datetime(row.ended_at, world.zone).date() if row.ended_at else last
        return (min(ends, last) - max(begins, first)).days, row.began_at

    best = max(rounds, key=covered)
    return best.scope, best


def scope_of(tx: Tx, brand_id: int, scope: str) -> str:
    """Return what people were drawn by for what is asked; "" = there is no holdout of it.

    Of several holdouts the one in use that holds least besides tells most of it.
    """
    kind, _, thing = scope.partition(":")
    documents = tx.documents.all(brand_id, KIND)
    if kind == KIND:
        found = [parsed_holdout(one.source) for one in documents if one.slug == thing]
        return found[0].key if found else ""
    if kind == "journey":
        own = journey_scope(thing)
        if own in tx.assignments.scopes(brand_id):
            return own
    wanted = "global" if kind == "brand" else kind
    known = [
        (one.state != "live", len(holdout.things), one.slug, holdout)
        for one in documents
        if (holdout := parsed_holdout(one.source)).scope == wanted
        and (kind == "brand" or thing in holdout.things)
    ]
    return min(known)[3].key if known else ""


def _costs(
    world: World, brand_id: int, scope: str, first: dt.date, last: dt.date
) -> tuple[float | None, float | None]:
    """Return what messages of a scope cost, and the margin; None = nobody said.

    Media is not a part of it: nobody was held out of that.
    """
    kind, _, thing = scope.partition(":")
    with world.store.transaction(brand_id) as tx:
        held = [parsed_holdout(one.source) for one in tx.documents.all(brand_id, KIND)]
    named = next((one for one in held if one.slug == thing), None) if kind == KIND else None
    journeys: Sequence[str] = (thing,) if kind == "journey" else ()
    channels: Sequence[str] = (thing,) if kind == "channel" else ()
    if named is not None and named.scope != "global":
        journeys = named.things if named.scope == "journey" else ()
        channels = named.things if named.scope == "channel" else ()
    if kind == "message" or (named is not None and named.scope == "message"):
        # Costs are not kept by template.
        return None, None
    found = costs(world, brand_id, first, last, journeys=journeys, channels=channels)
    total = found.total
    spent = total.messages + total.coupons
    is_known = not total.n_unpriced and spent > 0
    return (spent if is_known else None), found.margin


def _why_not(srm_p: float, treated: Paired, held: Paired) -> Text | None:
    """Return why the figures may not be believed; None = they may."""
    if not treated.n or not held.n:
        return text("incremental.one_arm", treated=round(treated.n), held=round(held.n))
    if srm_p < BLOCKED:
        return text("incremental.unequal", treated=round(treated.n), held=round(held.n))
    if min(treated.total, held.total) < FEWEST:
        more = max(people_needed(treated.total, treated.n), people_needed(held.total, held.n))
        key = "incremental.too_few_more" if more else "incremental.too_few"
        said = {"more": more} if more else {}
        return text(
            key, treated=round(treated.total), held=round(held.total), fewest=FEWEST, **said
        )
    return None
