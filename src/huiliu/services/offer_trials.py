"""Experiments on offers: which pool a person's coupon comes from, which promotions they meet.

Somebody without a profile, as nobody could tell their arm again, gets what the control gets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.experiments.plan import Plan
from huiliu.experiments.standing import ROLLED_OUT, Draw, Standing
from huiliu.journeys.nodes.trying import viewed
from huiliu.kernel.events import NewEvent
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket
from huiliu.rewards.rule_index import RuleIndex
from huiliu.services.live import live
from huiliu.services.message_events import internal_event
from huiliu.services.trials import Trials, standings

__all__ = ["pools_met", "promotions_met"]


def pools_met(
    tx: Tx, world: World, brand_id: int, asked: Sequence[tuple[str, int]], now: int
) -> tuple[list[str], list[NewEvent]]:
    """Return from which pool each (pool, person) gets their coupon, and what the log is told."""
    plans = _plans(live(tx, world, brand_id).trials, "coupon")
    met = {place: plan for place, plan in plans.items()
           if any(plan.place.coupon == pool for pool, _ in asked)}  # fmt: skip
    if not met:
        return [pool for pool, _ in asked], []
    known = standings(tx, brand_id, met, {profile for _, profile in asked})
    given = _Given(brand_id, now)
    pools = []
    for pool, profile_id in asked:
        place = f"coupon {pool}"
        if place not in met:
            pools.append(pool)
            continue
        draw = given.draw(known[profile_id][place], profile_id)
        arm = met[place].arm(draw.arm)
        pools.append(arm.coupon if arm is not None else pool)
    return pools, given.write(tx)


def promotions_met(  # noqa: PLR0913, PLR0917 - who meets what, when
    tx: Tx,
    brand_id: int,
    trials: Mapping[str, Plan],
    index: RuleIndex,
    basket: Basket,
    profile_id: int | None,
    now: int,
) -> tuple[RuleIndex, list[NewEvent]]:
    """Return the promotions that somebody meets with a basket, and what the log is told."""
    plans = _plans(trials, "promotion")
    if not plans:
        return index, []
    about = index.matches(basket).keys()
    met = {
        place: plan for place, plan in plans.items()
        if any(arm.promotion in about for arm in plan.arms)
    }  # fmt: skip
    if not met:
        return index, []
    known = standings(tx, brand_id, met, {profile_id or 0})[profile_id or 0]
    given = _Given(brand_id, now)
    hidden: set[str] = set()
    for place, plan in met.items():
        standing = known[place]
        name = _usual(standing) if profile_id is None else given.draw(standing, profile_id).arm
        hidden |= {arm.promotion for arm in plan.arms if arm.name != name}
        mine = plan.arm(name)
        hidden -= {mine.promotion} if mine is not None else set()
    kept = {slug: one for slug, one in index.promotions.items() if slug not in hidden}
    return RuleIndex(kept), given.write(tx)


class _Given:
    """What people are given now."""

    def __init__(self, brand_id: int, now: int) -> None:
        """Begin with nothing."""
        self._brand_id, self._now = brand_id, now
        self._trials = Trials({}, {})
        self._events: list[NewEvent] = []

    def draw(self, standing: Standing, profile_id: int) -> Draw:
        """Return a person's arm; who gets one now is noted."""
        drawn = standing.draw(profile_id)
        if drawn.is_new:
            self._trials.take(standing.slug, profile_id, drawn)
            self._events += [
                internal_event(
                    self._brand_id, profile_id, one.name, one.properties, self._now, "offer",
                    standing.slug, profile_id,
                )
                for one in viewed(standing, drawn)
            ]  # fmt: skip
        return drawn

    def write(self, tx: Tx) -> list[NewEvent]:
        """Write what was given; return what the log is told."""
        return [*self._events, *self._trials.write(tx, self._brand_id, self._now)]


def _usual(standing: Standing) -> str:
    """Return the arm of somebody whom nobody knows."""
    is_decided = standing.state == ROLLED_OUT and standing.winner
    return standing.winner if is_decided else standing.control


def _plans(known: Mapping[str, Plan], kind: str) -> Mapping[str, Plan]:
    """Return where experiments of a kind are met -> them."""
    return {place: plan for place, plan in known.items() if plan.place.kind == kind}
