"""Experiments of which the truth is known: totals of each variant, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["DrawnArm", "ExperimentWorld", "TrueVariant", "experiment_of"]


@dataclass(frozen=True, slots=True)
class TrueVariant:
    """One variant and what it truly does."""

    name: str
    #: Its planned part of people, in any unit.
    share: float = 1.0
    #: What it does to the control's rate: 0.1 = a tenth more.
    lift: float = 0.0
    #: The part of its people that is lost before it is counted: a sample-ratio fault.
    lost: float = 0.0


@dataclass(frozen=True, slots=True)
class ExperimentWorld:
    """The parameters of an experiment; the first variant is the control."""

    name: str = "new-copy"
    #: Added to the world's seed, so that experiments of one world differ.
    seed: int = 0
    days: int = 30
    #: People who enter on a day, all variants together.
    people_a_day: int = 2_000
    #: What of the control's people convert.
    rate: float = 0.05
    #: What a conversion brings: mean, and standard deviation of its logarithm.
    worth: float = 120.0
    spread: float = 0.6
    variants: Sequence[TrueVariant] = (TrueVariant("control"), TrueVariant("new", lift=0.1))


@dataclass(frozen=True, slots=True)
class DrawnArm:
    """The totals of one variant and metric since the beginning, at the end of a day."""

    day: int
    variant: str
    metric: str
    n: int
    total: float
    squares: float
    share: float


def experiment_of(world: ExperimentWorld, seed: int) -> list[DrawnArm]:
    """Return the totals of every variant on every day, of conversion and of revenue."""
    rng = np.random.default_rng((seed, world.seed))
    shares = np.array([one.share for one in world.variants])
    n = np.zeros(len(world.variants), dtype=np.int64)
    bought, money, squares = n.copy(), n.astype(float), n.astype(float)
    # The mean of a log-normal is exp(mu + sd^2 / 2).
    mu = np.log(world.worth) - world.spread**2 / 2
    found = []
    for day in range(world.days):
        came = rng.multinomial(world.people_a_day, shares / shares.sum())
        for at, one in enumerate(world.variants):
            counted = int(rng.binomial(came[at], 1 - one.lost))
            converted = int(rng.binomial(counted, min(1.0, world.rate * (1 + one.lift))))
            spent = rng.lognormal(mu, world.spread, converted)
            n[at] += counted
            bought[at] += converted
            money[at] += spent.sum()
            squares[at] += (spent**2).sum()
            of = int(n[at])
            k = float(bought[at])
            found += [
                DrawnArm(day, one.name, "conversion", of, k, k, one.share),
                DrawnArm(
                    day, one.name, "revenue", of, float(money[at]), float(squares[at]), one.share
                ),
            ]
    return found
