"""What points that are out will still cost: breakage from how points were spent, with an interval.

Points age in spans of thirty days from when they were earned. Of points of one age, what share was
spent, or lost otherwise, within the next span is read from every lot that has lived through it; an
outstanding point goes on through these shares until it ends. Its *ultimate redemption rate* is the
share that is spent on the way, breakage the rest.

One person's points are spent together, so points are no independent trials: people are parted into
groups, the whole is computed without each group in turn (delete-a-group jackknife), and the spread
of these answers gives the interval. Source: P. S. Kott, The Delete-a-Group Jackknife, Journal of
Official Statistics 17 (2001). IFRS 15, example 52, for how a price is shared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from scipy.special import stdtrit

__all__ = ["GROUPS", "SPAN_DAYS", "Earned", "Forecast", "Open", "Used", "deferred", "forecast"]

#: Into so many groups people are parted.
GROUPS: Final = 32
SPAN_DAYS: Final = 30
#: Fewer groups with points that have lived through a span tell nothing of chance.
_FEWEST_GROUPS: Final = 8
#: Points that never end are followed so far; later there is next to nothing left.
_HORIZON: Final = 120
#: Ages that nobody has reached yet are taken to be like the last ones that somebody has.
_LAST: Final = 3
_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Earned:
    """Points that were earned, by whom and how long ago."""

    group: int
    #: Whole spans that have passed since.
    age: int
    amount: float


@dataclass(frozen=True, slots=True)
class Used:
    """Points that left their lots."""

    group: int
    #: Of their lots, today.
    age: int
    #: Of their lots, when they left.
    at_age: int
    #: Spent; else they ended, or were taken back.
    is_spent: bool
    amount: float


@dataclass(frozen=True, slots=True)
class Open:
    """Points that are out."""

    age: int
    #: Whole spans until they end, from today; None = they never do.
    left: int | None
    amount: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """How much of what is out will be spent."""

    #: What is out.
    points: float
    #: Ultimate redemption rate; 1.0 where too little is known to count on breakage.
    rate: float
    #: 95 %; None where too little is known.
    low: float | None
    high: float | None
    #: Ages of which something is known.
    n_ages: int
    n_groups: int

    @property
    def breakage(self) -> float:
        """Return the share that will never be spent."""
        return 1.0 - self.rate

    @property
    def is_known(self) -> bool:
        """Say whether there is enough history."""
        return self.low is not None


@dataclass(slots=True)
class _Table:
    """What happened at each age, by group."""

    #: (group, age) -> points that entered the span, were spent in it, were lost in it.
    entered: dict[tuple[int, int], float] = field(default_factory=dict)
    spent: dict[tuple[int, int], float] = field(default_factory=dict)
    lost: dict[tuple[int, int], float] = field(default_factory=dict)


def forecast(
    earned: Iterable[Earned], used: Iterable[Used], outstanding: Sequence[Open]
) -> Forecast:  # fmt: skip
    """Return how much of what is out will be spent."""
    table = _table(earned, used)
    total = sum(one.amount for one in outstanding)
    groups = sorted({group for (group, _), amount in table.entered.items() if amount > 0})
    n_ages = 1 + max((age for (_, age), n in table.entered.items() if n > 0), default=-1)
    if not n_ages or len(groups) < _FEWEST_GROUPS:
        return Forecast(total, 1.0, None, None, n_ages, len(groups))
    rate = _rate(table, n_ages, outstanding, None)
    others = [_rate(table, n_ages, outstanding, group) for group in groups]
    n = len(groups)
    mean = sum(others) / n
    spread = math.sqrt((n - 1) / n * sum((one - mean) ** 2 for one in others))
    reach = float(stdtrit(n - 1, (1 + _LEVEL) / 2)) * spread
    return Forecast(total, rate, max(0.0, rate - reach), min(1.0, rate + reach), n_ages, n)


def deferred(price: Decimal, points: Decimal, value: Decimal, rate: Decimal) -> Decimal:
    """Return what of a price is not earned yet, as points were given with it.

    The price is shared by what goods and points would cost alone; a point alone is worth its value
    times how likely it is spent.

    Args:
        price: of the goods, in major units.
        points: given with them.
        value: of one point, in major units.
        rate: the ultimate redemption rate.
    """
    alone = points * value * rate
    return price * alone / (price + alone) if price + alone else Decimal(0)


def _table(earned: Iterable[Earned], used: Iterable[Used]) -> _Table:
    """Return what happened at each age that lots have lived through to its end."""
    table = _Table()
    lots: dict[tuple[int, int], float] = {}
    for one in earned:
        lots[one.group, one.age] = lots.get((one.group, one.age), 0.0) + one.amount
    left: dict[tuple[int, int], dict[int, float]] = {}
    for use in used:
        by_age = left.setdefault((use.group, use.age), {})
        by_age[use.at_age] = by_age.get(use.at_age, 0.0) + use.amount
        if use.at_age < use.age:
            kept = table.spent if use.is_spent else table.lost
            key = (use.group, use.at_age)
            kept[key] = kept.get(key, 0.0) + use.amount
    for (group, age), amount in lots.items():
        there = amount
        for at_age in range(age):
            key = (group, at_age)
            table.entered[key] = table.entered.get(key, 0.0) + max(there, 0.0)
            there -= left.get((group, age), {}).get(at_age, 0.0)
    return table


def _rate(
    table: _Table, n_ages: int, outstanding: Sequence[Open], without: int | None
) -> float:  # fmt: skip
    """Return the share of what is out that will be spent, seen without one group."""
    entered = _by_age(table.entered, n_ages, without)
    spent = _by_age(table.spent, n_ages, without)
    lost = _by_age(table.lost, n_ages, without)
    shares = [
        (spent[age] / entered[age], lost[age] / entered[age]) if entered[age] > 0 else (0.0, 0.0)
        for age in range(n_ages)
    ]
    last = range(max(0, n_ages - _LAST), n_ages)
    weight = sum(entered[age] for age in last)
    tail = (sum(spent[age] for age in last) / weight, 0.0) if weight > 0 else (0.0, 0.0)
    total = sum(one.amount for one in outstanding)
    if total <= 0:
        # Nothing is out: the rate of a point that is earned today.
        return _spent_of(shares, tail, 0, None)
    return sum(
        one.amount * _spent_of(shares, tail, one.age, one.left) for one in outstanding
    ) / total  # fmt: skip


def _by_age(
    cells: Mapping[tuple[int, int], float], n_ages: int, without: int | None
) -> list[float]:
    """Return the sums of every age, without one group."""
    sums = [0.0] * n_ages
    for (group, age), amount in cells.items():
        if group != without and age < n_ages:
            sums[age] += amount
    return sums


def _spent_of(
    shares: Sequence[tuple[float, float]], tail: tuple[float, float], age: int, left: int | None
) -> float:
    """Return the share of points of one age that is spent before they end."""
    there, spent = 1.0, 0.0
    for step in range(_HORIZON if left is None else max(left, 1)):
        going, losing = shares[age + step] if age + step < len(shares) else tail
        spent += there * min(going, 1.0)
        there *= max(0.0, 1.0 - going - losing)
        if there < 1e-9:
            break
    return min(spent, 1.0)
