"""What was caused: those who would have got something and did, against those who were held out.

All who were drawn count, whether or not anything reached them (intention to treat): only then are
both arms alike. Where a share was changed, the people of each share are compared among themselves
and then put together: those of a later share had less time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, nan, sqrt
from typing import Final

import ibis

from huiliu.experiments.holdout import HELD, TREATED
from huiliu.statistics.always_valid import EXPECTED, half_width, people_to_tell
from huiliu.statistics.cuped import Paired, adjusted_samples
from huiliu.statistics.proportions import Interval
from huiliu.statistics.sample_ratio import sample_ratio_p
from huiliu.statistics.welch import absolute

__all__ = [
    "FEWEST", "Effect", "Stratum", "add_up", "compare_arms", "people_needed", "ratio_p",
    "strata_of", "stratum_name",
]  # fmt: skip

#: Buyers in each arm before an interval of a share may be believed: it holds for many only.
FEWEST: Final = 30
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Stratum:
    """People who were drawn at one share."""

    #: Of people who were held out.
    share: float
    treated: Paired
    held: Paired


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much a person's value differs because they were treated, and what that makes."""

    #: Of one person, as counted.
    treated_mean: float
    held_mean: float
    #: Per person; what people did before they were drawn is taken out.
    difference: float
    #: Its standard error; nan = it cannot be known.
    error: float
    #: People of both arms.
    n: float
    #: People who were treated.
    n_treated: float

    @property
    def interval(self) -> Interval:
        """Return the interval of the difference that holds at every look."""
        half = half_width(self.error, self.n) if isfinite(self.error) else float("inf")
        return self.difference - half, self.difference + half

    @property
    def low(self) -> float:
        """Return the lower end of the interval."""
        return self.interval[0]

    @property
    def high(self) -> float:
        """Return the upper end of the interval."""
        return self.interval[1]

    @property
    def total(self) -> float:
        """Return what the treatment made of all who were treated."""
        return self.difference * self.n_treated

    @property
    def total_interval(self) -> Interval:
        """Return the interval of the total."""
        low, high = self.interval
        return low * self.n_treated, high * self.n_treated

    @property
    def is_told(self) -> bool:
        """Say whether the interval leaves 0 out."""
        low, high = self.interval
        return low > 0 or high < 0

    @property
    def more_needed(self) -> float:
        """Return how many more people it takes to tell, if the difference stays; nan = no number.

        0 = it is told already.
        """
        if self.is_told:
            return 0.0
        people = people_to_tell(self.difference, self.error, self.n, expected=EXPECTED)
        return max(1.0, people - self.n) if people else nan


def stratum_name(arm: ibis.Value, propensity: ibis.Value) -> ibis.Value:
    """Return how an arm is named whose people were drawn at a share: `held 50000` at 5 %."""
    share = ibis.ifelse(arm == HELD, propensity, 1.0 - propensity)
    millionths = (share * _MILLION).round().cast("int64").cast("string")
    return arm.concat(" ", millionths)


def strata_of(sums: Mapping[str, Paired]) -> list[Stratum]:
    """Return the strata of arms that `stratum_name` named."""
    nobody = Paired(0, 0, 0, 0, 0, 0)
    shares = sorted({name.split()[1] for name in sums}, key=int)
    return [
        Stratum(
            int(share) / _MILLION,
            sums.get(f"{TREATED} {share}", nobody),
            sums.get(f"{HELD} {share}", nobody),
        )
        for share in shares
    ]


def add_up(strata: Sequence[Stratum]) -> tuple[Paired, Paired]:
    """Return the sums of all who were treated, and of all who were held out."""
    return _sum([one.treated for one in strata]), _sum([one.held for one in strata])


def ratio_p(strata: Sequence[Stratum]) -> float:
    """Return how likely so unequal arms are at the shares that people were drawn at."""
    ps = [
        sample_ratio_p((one.held.n, one.treated.n), (one.share, 1 - one.share))
        for one in strata
        if 0 < one.share < 1
    ]
    # The least of several is small by chance.
    return min(1.0, min(ps) * len(ps)) if ps else 1.0


def compare_arms(strata: Sequence[Stratum]) -> Effect:
    """Return the effect over all strata that have people in both arms."""
    both = [one for one in strata if one.treated.n and one.held.n]
    treated, held = add_up(both)
    if not both:
        return Effect(nan, nan, nan, nan, 0.0, 0.0)
    difference = variance = 0.0
    for one in both:
        found = absolute(*adjusted_samples([one.held, one.treated]))
        weight = one.treated.n / treated.n
        difference += weight * found.value
        variance += weight**2 * found.error**2
    return Effect(
        treated.total / treated.n, held.total / held.n, difference, sqrt(variance),
        treated.n + held.n, treated.n,
    )  # fmt: skip


def people_needed(buyers: float, people: float) -> int:
    """Return how many more people an arm needs before its share may be believed."""
    rate = buyers / people if people and buyers else 0.0
    return ceil((FEWEST - buyers) / rate) if rate and buyers < FEWEST else 0


def _sum(parts: Sequence[Paired]) -> Paired:
    """Return the sums of several arms."""
    return Paired(
        sum(one.n for one in parts), sum(one.total for one in parts),
        sum(one.squares for one in parts), sum(one.before for one in parts),
        sum(one.before_squares for one in parts), sum(one.product for one in parts),
    )  # fmt: skip
