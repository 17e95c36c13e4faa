"""What an experiment says: each variant against the control, with a view for every way to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

from huiliu.statistics.always_valid import EXPECTED, half_width, p_value, people_to_tell
from huiliu.statistics.bayes import Belief, believe
from huiliu.statistics.false_discovery import adjusted
from huiliu.statistics.proportions import Interval
from huiliu.statistics.sample_ratio import BLOCKED, sample_ratio_p
from huiliu.statistics.welch import Difference, Sample, absolute, relative

__all__ = ["Arm", "Comparison", "compare", "compared", "corrected_together", "read_out"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One variant of an experiment and what one metric was in it."""

    experiment: str
    variant: str
    metric: str
    sample: Sample
    #: The planned share of people, in any unit.
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant against the control."""

    control: Arm
    variant: Arm
    difference: Difference
    relative: Difference
    #: Half the width of the interval that holds at every look.
    half: float
    p_anytime: float
    #: p of one planned look, after all comparisons of the experiment were taken together.
    p_adjusted: float
    #: Of the relative difference.
    belief: Belief
    srm_p: float
    #: People of both arms at which it can be told, if all stays as it is; 0 = never.
    people_needed: float
    #: How often the interval that holds at every look may miss.
    alpha: float = 0.05
    #: p that holds at every look, after all comparisons of the experiment were taken together.
    p_together: float = 1.0

    @property
    def anytime(self) -> Interval:
        """Return the interval of the difference that holds at every look."""
        return self.difference.value - self.half, self.difference.value + self.half

    @property
    def chance(self) -> float:
        """Return how likely the variant is better: exact where few were counted; nan = unknown."""
        if self.difference.counts is not None:
            return self.difference.counts.chance
        return self.belief.chance if self.relative.is_known else nan

    @property
    def risk(self) -> Interval:
        """Return what is expected to be lost, as `Belief.risk`; nan where few were counted."""
        if self.difference.counts is not None or not self.relative.is_known:
            return nan, nan
        return self.belief.risk

    @property
    def is_significant(self) -> bool:
        """Say whether the interval that holds at every look leaves 0 out."""
        return abs(self.difference.value) > self.half

    @property
    def is_blocked(self) -> bool:
        """Say whether people fell into the arms otherwise than planned: believe nothing then."""
        return self.srm_p < BLOCKED

    @property
    def more_needed(self) -> float:
        """Return how many more people a variant needs until it can be told, if all stays as it is.

        0 = it can be told already; nan = there is no difference, or nothing is known.
        """
        if self.is_significant:
            return 0.0
        return max(1.0, (self.people_needed - self.difference.n) / 2) if self.people_needed else nan


def compare(
    control: Arm, variant: Arm, expected: float = EXPECTED, alpha: float = 0.05
) -> Comparison:
    """Return one variant against the control; `p_adjusted` is that of a single question."""
    difference = absolute(control.sample, variant.sample)
    part = relative(control.sample, variant.sample)
    return compared(control, variant, difference, part, expected, alpha)


def compared(
    control: Arm,
    variant: Arm,
    difference: Difference,
    part: Difference,
    expected: float = EXPECTED,
    alpha: float = 0.05,
) -> Comparison:
    """Return the same of differences that were found in another way."""
    value, error, n = difference.value, difference.error, difference.n
    return Comparison(
        control, variant, difference, part,
        half_width(error, n, alpha, expected),
        p_value(value, error, n, alpha, expected),
        difference.p,
        believe(part.value, part.error),
        sample_ratio_p(
            (control.sample.n, variant.sample.n), (control.share, variant.share)
        ),
        people_to_tell(value, error, n, alpha, expected),
        alpha,
    )  # fmt: skip


def read_out(
    arms: Sequence[Arm], expected: float = EXPECTED, alpha: float = 0.05
) -> list[Comparison]:
    """Return every variant of every experiment and metric against the first one, in their order."""
    groups: dict[tuple[str, str], list[Arm]] = {}
    for arm in arms:
        groups.setdefault((arm.experiment, arm.metric), []).append(arm)
    return corrected_together(
        [compare(group[0], arm, expected, alpha) for group in groups.values() for arm in group[1:]]
    )


def corrected_together(found: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons with the p of each corrected for all of its experiment."""
    once = _corrected(found, [one.p_adjusted for one in found])
    always = _corrected(found, [one.p_anytime for one in found])
    return [
        replace(one, p_adjusted=once[at], p_together=always[at]) for at, one in enumerate(found)
    ]


def _corrected(found: Sequence[Comparison], ps: Sequence[float]) -> Mapping[int, float]:
    """Return the p of each comparison, corrected for all of its experiment."""
    by_experiment: dict[str, list[int]] = {}
    for at, one in enumerate(found):
        if isfinite(ps[at]):
            by_experiment.setdefault(one.control.experiment, []).append(at)
    corrected = dict.fromkeys(range(len(found)), nan)
    for places in by_experiment.values():
        together = adjusted([ps[at] for at in places])
        corrected.update(zip(places, together, strict=True))
    return corrected
