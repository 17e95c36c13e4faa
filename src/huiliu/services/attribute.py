"""Attribution of real events: seven models side by side, and what holdouts measured beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from huiliu.attribution.models import MODELS
from huiliu.attribution.sums import ascribe, ask_moves, ask_rules, ask_sets, read_sums
from huiliu.attribution.touches import N_GROUPS
from huiliu.ports.world import World
from huiliu.services.figures import usual_currency
from huiliu.services.hold_touches import hold_touches
from huiliu.services.incremental import Incremental, incremental
from huiliu.statistics.jackknife import jackknife

__all__ = [
    "DIRECT",
    "TOO_MUCH",
    "USUAL",
    "Ascribed",
    "Attributed",
    "attribute_events",
    "ratio_of",
]

#: What becomes of visits that nothing led to: they count, or only where a path has nothing else.
DIRECT: Final = ("keep", "skip")
#: Attributed more than so many times what a holdout measured: not to be believed.
TOO_MUCH: Final = 2.0
#: By which model a figure stands alone beside a measured one.
USUAL: Final = "last"


@dataclass(frozen=True, slots=True)
class Ascribed:
    """What a model ascribes to a channel, with intervals that other people would have moved."""

    conversions: float
    value: float
    conversions_interval: tuple[float, float]
    value_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Attributed:
    """The models of some days side by side."""

    first: dt.date
    last: dt.date
    currency: str
    direct: str
    #: Orders and their value; how many of them no touch led to; paths that led to nothing.
    n: int
    value: float
    n_untouched: int
    untouched_value: float
    n_nulls: int
    #: What most is ascribed to first.
    channels: tuple[str, ...]
    models: Mapping[str, Mapping[str, Ascribed]]
    #: Channel -> what a holdout measured, or why none can tell.
    measured: Mapping[str, Incremental] = field(default_factory=dict)
    ratios: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def warned(self) -> tuple[str, ...]:
        """Return the channels to which far more is ascribed than a holdout measured."""
        usual = self.models[USUAL]
        return tuple(
            one for one in self.channels if _is_too_much(usual[one].value, self.measured[one])
        )


def attribute_events(
    world: World,
    brand_id: int,
    first: dt.date,
    last: dt.date,
    *,
    currency: str = "",
    direct: str = "keep",
) -> Attributed:
    """Return what each model ascribes to each channel for purchases of some days.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    currency = currency or usual_currency(world, brand_id)
    with hold_touches(world, brand_id, first, last, currency, direct=direct) as held:
        asked = [ask(held.touches) for ask in (ask_rules, ask_moves, ask_sets)]
        rows = [world.warehouse.run(one).to_pylist() for one in asked]
        n, value = held.totals(world)
    rules, moves, sets = rows
    whole = read_sums(rules, moves, sets)
    channels = sorted({row["channel"] for row in moves})
    parts = [read_sums(rules, moves, sets, (group,)) for group in range(N_GROUPS)]
    models = _models([whole, *parts], channels)
    channels.sort(key=lambda one: (-models["linear"][one].conversions, one))
    measured = {
        one: incremental(world, brand_id, f"channel:{one}", first, last) for one in channels
    }
    return Attributed(
        first=first, last=last, currency=currency, direct=direct, n=n, value=value,
        n_untouched=n - round(whole.conversions), untouched_value=value - whole.value,
        n_nulls=round(whole.nulls), channels=tuple(channels), models=models, measured=measured,
        ratios={one: ratio_of(models[USUAL][one].value, measured[one]) for one in channels},
    )  # fmt: skip


def _models(sums: list[Any], channels: list[str]) -> dict[str, dict[str, Ascribed]]:
    """Return what each model ascribes, of all people first and then without each group of them."""
    by_n = [ascribe(one, channels) for one in sums]
    by_value = [ascribe(one, channels, value=True) for one in sums]
    found: dict[str, dict[str, Ascribed]] = {}
    for model in MODELS:
        found[model] = {}
        for channel in channels:
            n, *parts_n = (one[model][channel] for one in by_n)
            value, *parts_value = (one[model][channel] for one in by_value)
            found[model][channel] = Ascribed(
                n, value, jackknife(n, parts_n), jackknife(value, parts_value)
            )
    return found


def _is_too_much(value: float, measured: Incremental) -> bool:
    """Say whether more is ascribed than can be believed.

    Where a holdout found nothing or less than nothing, the upper end of its interval decides.
    """
    if measured.why_not is not None or value <= 0:
        return False
    told = measured.revenue.total
    return value > TOO_MUCH * (told if told > 0 else measured.revenue.total_interval[1])


def ratio_of(value: float, measured: Incremental) -> float | None:
    """Return how many times what was measured is ascribed; None = nothing is known of it."""
    if measured.why_not is not None:
        return None
    told = measured.revenue.total
    return value / told if told > 0 else None
