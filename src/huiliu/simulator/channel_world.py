"""Channels of which the truth is known: days for the guard, and cells for the drill-down.

What each quantity is made of stands in docs/explanation/channel-world.md. Everything comes from a
seed; the same seed and parameters give the same world.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import pi
from typing import Final

import numpy as np
import numpy.typing as npt

from huiliu.governance.channel_guard import Day
from huiliu.governance.funnel import FunnelCell

__all__ = [
    "CELLS", "DIMENSIONS", "FAULTS", "STAGES", "CellWorld", "ChannelWorld", "Fault", "cells_of",
    "days_of",
]  # fmt: skip

#: What happens to a message, in order; each is a part of the one before.
STAGES: Final = ("send", "deliver", "open", "click", "cart", "pay")
#: What messages and people differ by.
DIMENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "version": ("5.0", "5.1", "5.2"),
    "os": ("ios", "android"),
    "region": ("north", "south", "east", "west"),
    "supplier": ("a", "b", "c"),
    "stock": ("plenty", "low"),
    "price": ("low", "middle", "high"),
}
_DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at one step, for those of some values."""

    name: str
    #: The step whose rate falls: one of STAGES but the first.
    stage: str
    where: Mapping[str, str]
    #: What the rate is multiplied by.
    factor: float


#: The faults that the guard is tested on.
FAULTS: Final = (
    Fault("supplier-down", "deliver", {"supplier": "a"}, 0.5),
    Fault("supplier-region-blocked", "deliver", {"supplier": "b", "region": "south"}, 0.4),
    Fault("template-refused", "deliver", {"supplier": "c"}, 0.7),
    Fault("push-off-on-android", "deliver", {"os": "android"}, 0.7),
    Fault("supplier-android-quota", "deliver", {"supplier": "c", "os": "android"}, 0.5),
    Fault("open-uncounted-on-ios", "open", {"os": "ios"}, 0.6),
    Fault("network-slow-in-north", "open", {"region": "north"}, 0.7),
    Fault("notice-cut-off-in-version", "open", {"version": "5.2"}, 0.7),
    Fault("deep-link-broken", "click", {"version": "5.1", "os": "ios"}, 0.4),
    Fault("landing-page-slow-in-west", "click", {"region": "west"}, 0.6),
    Fault("new-version-opens-nothing", "click", {"version": "5.2"}, 0.5),
    Fault("old-android-view-broken", "click", {"version": "5.0", "os": "android"}, 0.4),
    Fault("out-of-stock", "cart", {"stock": "low"}, 0.4),
    Fault("cart-crash-in-version", "cart", {"version": "5.0"}, 0.5),
    Fault("cart-crash-on-ios", "cart", {"os": "ios"}, 0.6),
    Fault("warehouse-of-east-empty", "cart", {"stock": "low", "region": "east"}, 0.3),
    Fault("price-shown-wrong", "pay", {"price": "high"}, 0.4),
    Fault("payment-fails-on-ios", "pay", {"os": "ios"}, 0.5),
    Fault("payment-fails-in-west", "pay", {"region": "west"}, 0.4),
    Fault("coupon-refused-at-price", "pay", {"price": "middle"}, 0.5),
)


@dataclass(frozen=True, slots=True)
class CellWorld:
    """The parameters of messages that differ by some dimensions."""

    #: Dimension -> its values.
    dimensions: Mapping[str, Sequence[str]]
    #: Step -> the part that takes it of those who took the one before.
    base: Mapping[str, float]
    #: How evenly messages are spread over values (Dirichlet): more = more evenly.
    evenness: float = 8.0
    #: Standard deviation of what each value does to each step, as a logarithm.
    own: float = 0.05
    #: Messages before and after something went wrong.
    before: int = 2_000_000
    after: int = 200_000


#: The cells that the guard is tested on.
CELLS: Final = CellWorld(
    DIMENSIONS, {"deliver": 0.96, "open": 0.2, "click": 0.25, "cart": 0.3, "pay": 0.4}
)


@dataclass(frozen=True, slots=True)
class ChannelWorld:
    """The parameters of a world."""

    seed: int
    channels: int = 12
    #: Visits of a channel on a day: log-uniform between these.
    least_visits: int = 2_000
    most_visits: int = 40_000
    #: Conversion of a channel: log-uniform between these.
    least_rate: float = 0.01
    most_rate: float = 0.08
    #: Standard deviation of what weekdays, each day, and the year do to all channels.
    weekday: float = 0.05
    common: float = 0.02
    season: float = 0.1
    #: Variance of a day's conversions over that of counting alone, for the busiest channel.
    overdispersion: float = 6.0
    #: Part of conversion that a channel loses in a year, as its people tire.
    fatigue: float = 0.1


def days_of(
    world: ChannelWorld, n_days: int, falls: Mapping[str, tuple[int, float]] | None = None
) -> list[Day]:
    """Return the days of every channel of a world.

    Args:
        world: the parameters.
        n_days: how many days.
        falls: channel (or `*` for all) -> (first day, factor): what is wrong, and from when.
    """
    rng = np.random.default_rng(world.seed)
    visits = _log_uniform(rng, world.least_visits, world.most_visits, world.channels)
    rates = _log_uniform(rng, world.least_rate, world.most_rate, world.channels)
    week = np.exp(rng.normal(0, world.weekday, 7))
    phase = rng.uniform(0, 2 * pi)
    found = []
    for day in range(n_days):
        year = 1 + world.season * np.sin(2 * pi * day / _DAYS_A_YEAR + phase)
        shared = week[day % 7] * year * np.exp(rng.normal(0, world.common))
        tired = (1 - world.fatigue) ** (day / _DAYS_A_YEAR)
        for at in range(world.channels):
            name = f"channel-{at + 1}"
            rate = rates[at] * shared * tired * _fallen(falls or {}, name, day)
            n = int(rng.poisson(visits[at]))
            excess = (world.overdispersion - 1) * visits[at] / world.most_visits
            found.append(Day(day, name, n, _drawn(rng, n, min(rate, 0.95), 1 + excess)))
    return found


def cells_of(seed: int, fault: Fault | None = None, world: CellWorld = CELLS) -> list[FunnelCell]:
    """Return messages before and after something went wrong, by every dimension.

    Args:
        seed: of the world.
        fault: what went wrong; None = nothing.
        world: the parameters.
    """
    rng = np.random.default_rng(seed)
    names, base = list(world.dimensions), world.base
    keys = [dict(zip(names, key, strict=True)) for key in product(*world.dimensions.values())]
    shares = {
        name: dict(zip(values, rng.dirichlet([world.evenness] * len(values)), strict=True))
        for name, values in world.dimensions.items()
    }
    weights = np.array([np.prod([shares[name][key[name]] for name in names]) for key in keys])
    # Each value has its own way with each step.
    own = {
        (stage, name, value): float(np.exp(rng.normal(0, world.own)))
        for stage in STAGES[1:]
        for name in names
        for value in world.dimensions[name]
    }
    sent = [rng.multinomial(n, weights / weights.sum()) for n in (world.before, world.after)]
    found = []
    for at, key in enumerate(keys):
        rates = [
            min(0.99, base[stage] * float(np.prod([own[stage, name, key[name]] for name in names])))
            for stage in STAGES[1:]
        ]
        broken = [
            rate * fault.factor if fault is not None and _is_hit(fault, stage, key) else rate
            for stage, rate in zip(STAGES[1:], rates, strict=True)
        ]
        found.append(
            FunnelCell(key, _walked(rng, sent[0][at], rates), _walked(rng, sent[1][at], broken))
        )
    return found


def _walked(rng: np.random.Generator, sent: int, rates: Sequence[float]) -> tuple[float, ...]:
    """Return how many came to each step."""
    counts = [int(sent)]
    for rate in rates:
        counts.append(int(rng.binomial(counts[-1], rate)))
    return tuple(float(count) for count in counts)


def _is_hit(fault: Fault, stage: str, key: Mapping[str, str]) -> bool:
    """Say whether a fault lowers this step for these values."""
    return fault.stage == stage and all(key[name] == one for name, one in fault.where.items())


def _fallen(falls: Mapping[str, tuple[int, float]], name: str, day: int) -> float:
    """Return what faults leave of a channel's rate on a day."""
    left = 1.0
    for channel, (first, factor) in falls.items():
        if channel in {"*", name} and day >= first:
            left *= factor
    return left


def _drawn(rng: np.random.Generator, n: int, rate: float, dispersion: float) -> int:
    """Return conversions that vary so much more than counting alone would make them."""
    size = (n - 1) / (dispersion - 1) - 1 if dispersion > 1 else 0.0
    likely = rng.beta(rate * size, (1 - rate) * size) if size > 1 else rate
    return int(rng.binomial(n, likely))


def _log_uniform(
    rng: np.random.Generator, least: float, most: float, n: int
) -> npt.NDArray[np.float64]:
    """Return numbers whose logarithms are spread evenly."""
    return np.exp(rng.uniform(np.log(least), np.log(most), n))
