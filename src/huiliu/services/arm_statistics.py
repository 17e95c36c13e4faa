"""Sums of each arm of an experiment or holdout, from the warehouse."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.experiments.arm_days import ArmDays, arm_days, arm_days_of
from huiliu.experiments.incremental import stratum_name
from huiliu.experiments.outcomes import OUTCOMES, margin_outcome
from huiliu.kernel.times import DAY
from huiliu.metrics import Frame
from huiliu.ports.world import World
from huiliu.services.assign import ASSIGNED

__all__ = ["BEFORE", "arm_statistics", "drawn_people", "drawn_strata"]

#: How far back a person's own past is looked at, to tell noise from effect.
BEFORE: Final = 28 * DAY


def drawn_people(world: World, brand_id: int, scope: str) -> ibis.Table:
    """Return profile_id, arm and at of everybody who was ever drawn for a scope."""
    tables = world.warehouse.population(brand_id)
    rows = tables.events
    rows = rows.filter(rows.name == ASSIGNED, rows.kind == "internal")
    told = tables.cell(rows.properties, ("scope",)).text()
    rows = rows.filter(told == scope)
    arm = tables.cell(rows.properties, ("arm",)).text()
    propensity = tables.cell(rows.properties, ("propensity",)).number()
    return rows.select("profile_id", arm=arm, at=rows.occurred_at, propensity=propensity)


def drawn_strata(world: World, brand_id: int, scope: str) -> ibis.Table:
    """Return the same for a holdout, where an arm is named with the share it was drawn at."""
    rows = drawn_people(world, brand_id, scope)
    return rows.mutate(arm=stratum_name(rows.arm, rows.propensity))


def arm_statistics(  # noqa: PLR0913 - each is another noun
    world: World,
    brand_id: int,
    exposed: ibis.Table,
    outcome: str,
    *,
    until: int,
    since: int = 0,
    window: int = 0,
    before: int = BEFORE,
    currency: str = "",
    margin: float | None = None,
) -> ArmDays:
    """Return what each arm brought, day by day.

    Args:
        world: the instance.
        brand_id: whose people.
        exposed: profile_id, arm, at (timestamp); the first row of a person counts.
        outcome: of OUTCOMES.
        until: nothing from this instant on counts.
        since: nothing before this instant counts, though people were drawn before it.
        window: how long a person is watched, in microseconds; 0 = until the end.
        before: how far back the covariate reaches; 0 = there is none.
        currency: of money.
        margin: the share of the undiscounted price that is kept, where `outcome` is `margin`.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    now = world.clock.now()
    frame = Frame(
        world.warehouse.population(brand_id), world.zone, now, since, min(until, now + 1),
        currency=currency,
    )  # fmt: skip
    measured = OUTCOMES[outcome]
    if margin is not None and outcome == "margin":
        measured = margin_outcome(margin)
    asked = arm_days(frame, exposed, measured, window, before)
    return arm_days_of(world.warehouse.run(asked).to_pylist())
