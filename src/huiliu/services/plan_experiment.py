"""Says before an experiment begins what it could see: from this brand's own people and traffic.

Whoever would have met the experiment in the last four weeks stands for those who will: where it is
met if anybody passed there, else whoever was active at all.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.experiments.forecast import Forecast, forecast
from huiliu.experiments.plan import Plan
from huiliu.kernel.times import DAY
from huiliu.metrics import Frame
from huiliu.metrics.rows import acts, purchases
from huiliu.ports.world import World
from huiliu.services.arm_statistics import arm_statistics
from huiliu.services.figures import today, usual_currency
from huiliu.services.live import live
from huiliu.statistics.cuped import Paired, adjusted_samples

__all__ = ["Outlook", "plan_experiment"]

#: So many days tell of those to come.
_DAYS: Final = 28
_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of an experiment, and on whom that rests."""

    found: Forecast
    #: node = who passed there, coupon = who got one, promotion = who bought, active = anybody.
    basis: str
    currency: str


def plan_experiment(world: World, brand_id: int, plan: Plan) -> Outlook:
    """Return what an experiment could see.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    now = world.clock.now()
    # Who came so late that their window is still open tells too little.
    until = now - plan.window
    frame = Frame(world.warehouse.population(brand_id), world.zone, now, until - _DAYS * DAY, until)
    basis, rows = _met(world, brand_id, plan, frame)
    goal = plan.goals[0]
    currency = plan.currency
    if not currency and goal in {"revenue", "margin"}:
        currency = usual_currency(world, brand_id)
    paired = _sums(world, brand_id, plan, rows, currency)
    if not paired.n and basis != "active":
        basis, rows = "active", _active(frame)
        paired = _sums(world, brand_id, plan, rows, currency)
    sample = adjusted_samples([paired])[0] if plan.covariate and paired.n else None
    variance = sample.variance if sample is not None else _variance(paired)
    daily = paired.n / _DAYS
    people = plan.sample or _until_end(world, plan, daily)
    found = forecast(
        goal, daily=daily, n=round(paired.n),
        mean=paired.total / paired.n if paired.n else 0.0, variance=variance,
        shares=list(plan.shares.values()), people=people, alpha=plan.alpha,
    )  # fmt: skip
    return Outlook(found, basis, currency)


def _sums(world: World, brand_id: int, plan: Plan, rows: ibis.Table, currency: str) -> Paired:
    """Return what the people of the past brought."""
    exposed = rows.mutate(arm=ibis.literal(_ALL)).select("profile_id", "arm", "at")
    found = arm_statistics(
        world, brand_id, exposed, plan.goals[0], until=world.clock.now(), window=plan.window,
        before=plan.covariate, currency=currency,
    ).sums()  # fmt: skip
    return found.get(_ALL, Paired(0, 0, 0, 0, 0, 0))


def _variance(paired: Paired) -> float:
    """Return the variance of one person's outcome; 0 where too few tell of it."""
    if paired.n < 2:
        return 0.0
    return max(0.0, (paired.squares - paired.total**2 / paired.n) / (paired.n - 1))


def _until_end(world: World, plan: Plan, daily: float) -> int:
    """Return how many people come until the planned day."""
    assert plan.ends is not None
    days = (plan.ends - today(world)) // dt.timedelta(days=1) + 1
    return max(0, round(daily * days))


def _met(world: World, brand_id: int, plan: Plan, frame: Frame) -> tuple[str, ibis.Table]:
    """Return who would have met the experiment, and when."""
    place, tables = plan.place, frame.tables
    if place.kind == "coupon":
        rows = tables.events.filter(tables.events.name == "Coupon Issued")
        rows = rows.filter(tables.cell(rows.properties, ("coupon",)).text() == place.coupon)
        rows = rows.filter(frame.inside(rows.occurred_at))
        return "coupon", rows.select("profile_id", at=rows.occurred_at)
    if place.kind == "promotion":
        bought = purchases(frame)
        bought = bought.filter(frame.inside(bought.paid_at))
        return "promotion", bought.select("profile_id", at=bought.paid_at)
    steps = tables.steps.filter(frame.inside(tables.steps.occurred_at))
    wanted = [
        (steps.journey == journey) & (steps.node == node)
        for journey, node in _nodes(world, brand_id, plan)
    ]
    if not wanted:
        return "active", _active(frame)
    steps = steps.filter(ibis.or_(*wanted))
    return "node", steps.select("profile_id", at=steps.occurred_at)


def _active(frame: Frame) -> ibis.Table:
    """Return everybody who did anything, and on which day they first did."""
    rows = acts(frame)
    first = moment_literal(frame.since)
    return rows.select("profile_id", at=first).distinct()


def _nodes(world: World, brand_id: int, plan: Plan) -> list[tuple[str, str]]:
    """Return the journeys and nodes at which the experiment is met."""
    if plan.place.kind == "send":
        return [(plan.place.journey, plan.place.node)]
    with world.store.system() as tx:
        journeys = live(tx, world, brand_id).journeys
    return [
        (slug, name)
        for slug, running in journeys.items()
        for name, node in running.journey.nodes.items()
        if node.type == "experiment" and node.tree()["experiment"] == plan.slug
    ]
