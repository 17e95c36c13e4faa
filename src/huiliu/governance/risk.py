"""How risky a change is: whom it reaches, what it may cost, how new it is; three classes.

risk = audience x cost x novelty, each 1, 2 or 3
low: 1 to 3, medium: 4 to 9, high: 12 and more
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from huiliu.kernel.texts import Text, text

__all__ = [
    "CLASSES",
    "HIGH",
    "LOW",
    "MEDIUM",
    "Bounds",
    "Factor",
    "Novelty",
    "Reach",
    "Risk",
    "highest",
    "weigh",
]

LOW: Final = "low"
MEDIUM: Final = "medium"
HIGH: Final = "high"
#: From the least to the most.
CLASSES: Final = (LOW, MEDIUM, HIGH)
#: Products of three factors of 1 to 3 leave a gap between 9 and 12, and one between 3 and 4.
_MEDIUM_FROM: Final = 4
_HIGH_FROM: Final = 10


class Reach(StrEnum):
    """Whom a change reaches."""

    #: Nobody sees it: a plan, a test, a report.
    NOBODY = "nobody"
    #: So many people.
    COUNTED = "counted"
    #: Everybody of the brand: a rule that holds for all.
    EVERYBODY = "everybody"
    #: It cannot be told.
    UNKNOWN = "unknown"


class Novelty(StrEnum):
    """How new a change is to the brand."""

    #: It ran like this before, or only its names and notes change.
    KNOWN = "known"
    #: It changes what runs, or is one more of a sort that has run.
    LIKE = "like"
    #: Nothing like it has run.
    NEW = "new"


_NOVELTY: Final = {Novelty.KNOWN: 1, Novelty.LIKE: 2, Novelty.NEW: 3}


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where on people are some or many, and money is some or much."""

    #: Shares of the brand's people.
    some_people: float = 0.05
    many_people: float = 0.30
    #: Fewer people than this are few, whatever share they are.
    few: int = 100
    #: Major units of `currency`.
    some_cost: float = 1_000
    much_cost: float = 20_000
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the three, and why it is so high."""

    #: audience, cost or novelty.
    name: str
    #: 1 to 3.
    score: int
    said: Text


@dataclass(frozen=True, slots=True)
class Risk:
    """What a change was weighed to."""

    #: low, medium or high.
    risk: str
    factors: tuple[Factor, ...]
    #: The class that its kind has at the least; "" = it had no say.
    floor: str = ""

    @property
    def score(self) -> int:
        """Return the product."""
        product = 1
        for factor in self.factors:
            product *= factor.score
        return product


def weigh(  # noqa: PLR0913 - the three factors and what they are held against
    reach: Reach,
    people: int,
    everybody: int,
    *,
    cost: float | None,
    novelty: Novelty,
    bounds: Bounds,
    floor: str = LOW,
) -> Risk:
    """Return the class of one change.

    Args:
        reach: whether `people` says whom it reaches.
        people: how many it reaches at the most.
        everybody: how many people the brand has.
        cost: what it may cost at the most, in major units of the bounds' currency; None = it
            cannot be told.
        novelty: how new it is.
        bounds: what the factors are held against.
        floor: the class that its kind has at the least.
    """
    factors = (
        _audience(reach, people, everybody, bounds),
        _cost(cost, bounds, is_small=reach is Reach.COUNTED and people < bounds.few),
        Factor("novelty", _NOVELTY[novelty], text(f"risk.novelty.{novelty}")),
    )
    found = Risk(LOW, factors)
    score = found.score
    risk = HIGH if score >= _HIGH_FROM else MEDIUM if score >= _MEDIUM_FROM else LOW
    if CLASSES.index(floor) > CLASSES.index(risk):
        return Risk(floor, factors, floor)
    return Risk(risk, factors)


def highest(risks: Iterable[str]) -> str:
    """Return the highest of classes; low where there is none."""
    return max(risks, key=CLASSES.index, default=LOW)


def _audience(reach: Reach, people: int, everybody: int, bounds: Bounds) -> Factor:
    """Return how much weighs whom it reaches."""
    if reach is Reach.NOBODY:
        return Factor("audience", 1, text("risk.audience.nobody"))
    if reach is Reach.UNKNOWN:
        return Factor("audience", 2, text("risk.audience.unknown"))
    n = everybody if reach is Reach.EVERYBODY else people
    share = n / everybody if everybody else 0.0
    if reach is Reach.EVERYBODY:
        # Whoever comes later is meant too, so a brand without people yet is no reason to wave.
        return Factor("audience", 3, text("risk.audience.everybody", n=n))
    said = text("risk.audience.counted", n=n, share=f"{share:.1%}")
    if n < bounds.few or share < bounds.some_people:
        return Factor("audience", 1, said)
    return Factor("audience", 3 if share >= bounds.many_people else 2, said)


def _cost(cost: float | None, bounds: Bounds, *, is_small: bool) -> Factor:
    """Return how much weighs what it may cost."""
    if cost is None and is_small:
        return Factor("cost", 1, text("risk.cost.unknown_few", n=bounds.few))
    if cost is None:
        return Factor("cost", 2, text("risk.cost.unknown"))
    said = text("risk.cost.counted", amount=f"{cost:,.2f}", currency=bounds.currency)
    if cost <= 0:
        said = text("risk.cost.nothing")
    score = 3 if cost >= bounds.much_cost else 2 if cost >= bounds.some_cost else 1
    return Factor("cost", 1 if cost <= 0 else score, said)
