"""Scores channels so that they compare: points for each criterion, weighed by the objective.

Every criterion gives 0 to 1 points by a rule that the page shows beside it. What nobody knows gives
none and takes its weight out of the sum, so an unknown is never a zero; where less than half of the
weight is known there is no score at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import Final

from huiliu.planning.card import Card

__all__ = [
    "CRITERIA",
    "ENOUGH_KNOWN",
    "Assessed",
    "Fact",
    "Origin",
    "Points",
    "Profile",
    "assess",
    "better_known",
]

#: Below this share of the weights there is no score.
ENOUGH_KNOWN: Final = 0.5
#: Fewer things than this measure nothing: what was typed in stands.
FEWEST: Final = 30


class Origin(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    ENTERED = "entered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a card."""

    #: None = nobody knows it.
    value: float | None
    origin: Origin
    #: Measured: from so many things; 0 = it was typed in.
    n: int = 0
    #: What was typed in beside what was measured; None = nothing.
    entered: float | None = None


UNKNOWN: Final = Fact(None, Origin.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a channel: its card, and the figures by name."""

    card: Card
    #: size, activity, steps, hours, cost, conversion, ...: `CRITERIA` and more.
    facts: Mapping[str, Fact]

    def value(self, name: str) -> float | None:
        """Return a figure; None = nobody knows it."""
        return self.facts.get(name, UNKNOWN).value


@dataclass(frozen=True, slots=True)
class Points:
    """What one criterion brought."""

    criterion: str
    #: 0 to 1; None = nobody knows.
    points: float | None
    #: Of the whole, for this card's objective.
    weight: float


@dataclass(frozen=True, slots=True)
class Assessed:
    """A card with its score."""

    profile: Profile
    points: Sequence[Points]
    #: 0 to 100; None = too little is known.
    score: float | None
    #: Share of the weights of which something is known, and which rests on measurement.
    known: float
    measured: float


#: What each objective asks of a channel's features.
_WANTED: Final[Mapping[str, frozenset[str]]] = {
    "conversion": frozenset({
        "payment", "logistics", "membership", "coupons", "customer_service", "live",
    }),
    "exposure": frozenset({
        "content", "search", "sharing", "live", "groups", "advertising",
    }),
}  # fmt: skip
#: Criterion -> its weight for exposure, and for conversion; each adds up to 1.
CRITERIA: Final[Mapping[str, tuple[float, float]]] = {
    "size": (0.30, 0.10),
    "activity": (0.20, 0.15),
    "newness": (0.15, 0.05),
    "conversion": (0.05, 0.25),
    "steps": (0.05, 0.15),
    "hours": (0.00, 0.10),
    "features": (0.10, 0.10),
    "cost": (0.15, 0.10),
}
#: A fifth of the active people of a day buying is as good as it gets; two fifths of all being there
#: in a month; half of the customers being new.
_FULL: Final[Mapping[str, float]] = {"conversion": 0.2, "activity": 0.4, "newness": 0.5}
_MOST_STEPS: Final = 10.0
_MOST_HOURS: Final = 168.0


def better_known(measured: tuple[float | None, int], entered: float | None) -> Fact:
    """Return what was measured from enough, else what was typed in, else what was measured.

    Args:
        measured: the value, and from how many things.
        entered: the value of the card.
    """
    value, n = measured
    if value is not None and (n >= FEWEST or entered is None):
        return Fact(value, Origin.MEASURED, n, entered)
    return UNKNOWN if entered is None else Fact(entered, Origin.ENTERED, 0, entered)


def assess(profiles: Sequence[Profile]) -> list[Assessed]:
    """Return each card with its score, the best first; cards without one come last, by slug."""
    best = _Best(profiles)
    found = [_assess(one, best) for one in profiles]
    return sorted(
        found,
        key=lambda one: (one.score is None, -(one.score or 0.0), one.profile.card.slug),
    )


class _Best:
    """The largest and the cheapest of the channels that are compared."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        """Look at all of them."""
        sizes = [size for one in profiles if (size := one.value("size")) is not None]
        self.size = max(sizes, default=0.0)
        costs: dict[str, list[float]] = {}
        for one in profiles:
            if (cost := one.value("cost")) is not None and one.card.cost is not None:
                costs.setdefault(one.card.cost.currency, []).append(cost)
        #: Currency -> (cheapest, dearest).
        self.costs = {name: (min(some), max(some)) for name, some in costs.items()}


def _assess(profile: Profile, best: _Best) -> Assessed:
    """Return one card with its score."""
    is_conversion = profile.card.objective == "conversion"
    points = [
        Points(name, _RULES[name](profile, best), weights[is_conversion])
        for name, weights in CRITERIA.items()
        if weights[is_conversion]
    ]
    known = sum(one.weight for one in points if one.points is not None)
    measured = sum(
        one.weight
        for one in points
        if one.points is not None
        and profile.facts.get(one.criterion, UNKNOWN).origin is Origin.MEASURED
    )
    brought = sum(one.weight * one.points for one in points if one.points is not None)
    score = 100 * brought / known if known >= ENOUGH_KNOWN - 1e-9 else None
    return Assessed(profile, points, score, known, measured)


def _size(profile: Profile, best: _Best) -> float | None:
    """A channel ten times as large is one step better, whatever its size."""
    size = profile.value("size")
    if size is None:
        return None
    return log(1 + size) / log(1 + best.size) if best.size else 0.0


def _share(name: str) -> Callable[[Profile, _Best], float | None]:
    """Return the rule of a share: full points from a level on, evenly below it."""

    def rule(profile: Profile, _best: _Best) -> float | None:
        """Return the points."""
        value = profile.value(name)
        return None if value is None else min(1.0, max(0.0, value) / _FULL[name])

    return rule


def _steps(profile: Profile, _best: _Best) -> float | None:
    """One step is best; from ten on there are no points."""
    steps = profile.value("steps")
    if steps is None:
        return None
    return min(1.0, max(0.0, 1 - (steps - 1) / (_MOST_STEPS - 1)))


def _hours(profile: Profile, _best: _Best) -> float | None:
    """An hour is best; a week has no points; each doubling of the time costs the same."""
    hours = profile.value("hours")
    if hours is None:
        return None
    return min(1.0, max(0.0, 1 - log(max(hours, 1.0)) / log(_MOST_HOURS)))


def _features(profile: Profile, _best: _Best) -> float | None:
    """The share of what the objective asks for; a card that names none says nothing."""
    card = profile.card
    wanted = _WANTED[card.objective]
    return len(wanted & set(card.features)) / len(wanted) if card.features else None


def _cost(profile: Profile, best: _Best) -> float | None:
    """The cheapest of its currency is best; each doubling of the price costs the same."""
    cost, price = profile.value("cost"), profile.card.cost
    if cost is None or price is None:
        return None
    low, high = best.costs[price.currency]
    if cost <= 0 or high <= low:
        return 1.0
    floor = low if low > 0 else high / 1_000
    return min(1.0, max(0.0, 1 - log(max(cost, floor) / floor) / log(high / floor)))


_RULES: Final[Mapping[str, Callable[[Profile, _Best], float | None]]] = {
    "size": _size,
    "activity": _share("activity"),
    "newness": _share("newness"),
    "conversion": _share("conversion"),
    "steps": _steps,
    "hours": _hours,
    "features": _features,
    "cost": _cost,
}
