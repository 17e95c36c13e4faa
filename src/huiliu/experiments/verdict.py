"""What is said of an experiment in a sentence, and whether an arm has won.

Nothing is believed where people fell into the arms otherwise than planned; nothing is won while a
guard is known to be worse; and where nothing can be told, it says how many people are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Final

from huiliu.experiments.outcomes import OUTCOMES
from huiliu.experiments.plan import Plan
from huiliu.experiments.read_out import Comparison
from huiliu.kernel.texts import Text, text
from huiliu.metrics import Unit
from huiliu.statistics.sample_ratio import BLOCKED

__all__ = ["MetricLine", "Verdict", "is_few", "judge", "winner_of"]

#: An interval that holds at every look is one of large numbers: so many have to be there first.
_FEWEST_HITS: Final = 30
_FEWEST_PEOPLE: Final = 200
_LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One outcome: every arm against the control."""

    metric: str
    #: goal or guard.
    role: str
    comparisons: Sequence[Comparison]
    #: Whether it is the one that decides; of the others, each had its own chance to be wrong.
    is_first: bool = False

    @property
    def unit(self) -> Unit:
        """Return what it is measured in."""
        return OUTCOMES[self.metric].unit

    @property
    def more_is_better(self) -> bool:
        """Say whether more is wanted."""
        return OUTCOMES[self.metric].is_more_better

    def gain(self, one: Comparison) -> float:
        """Return the difference as a gain: below 0 = it got worse."""
        return one.difference.value if self.more_is_better else -one.difference.value

    def stand(self, one: Comparison) -> str:
        """Return better, worse or unclear, by the interval that holds at every look."""
        if not one.is_significant or is_few(one, self.metric):
            return "unclear"
        if self.role == "goal" and not self.is_first and not one.p_together < one.alpha:
            return "unclear"
        return "better" if self.gain(one) > 0 else "worse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said."""

    #: blocked, few, better, guarded, worse, unclear or none.
    kind: str
    text: Text
    #: Of whom it is said; "" = of all.
    arm: str = ""


def is_few(one: Comparison, metric: str) -> bool:
    """Say whether too little happened in an arm for any interval."""
    samples = one.control.sample, one.variant.sample
    if OUTCOMES[metric].is_share:
        return any(not each.n or each.mean * each.n < _FEWEST_HITS for each in samples)
    return any(each.n < _FEWEST_PEOPLE for each in samples)


def judge(lines: Sequence[MetricLine], srm_p: float, people: int) -> Verdict:
    """Return what can be said of an experiment's first goal."""
    if srm_p < BLOCKED:
        return Verdict("blocked", text("experiments.verdict.blocked", p=f"{srm_p:.1g}"))
    if not people or not lines:
        return Verdict("none", text("experiments.verdict.none"))
    goal = lines[0]
    better = [one for one in goal.comparisons if goal.stand(one) == "better"]
    if better:
        best = max(better, key=goal.gain)
        arm, said = best.variant.variant, _part(best)
        worse = _worse_guards(lines, arm)
        if worse:
            names = text(f"experiments.outcome.{worse[0]}")
            told = text("experiments.verdict.guarded", arm=arm, part=said, guard=names)
            return Verdict("guarded", told, arm)
        return Verdict("better", text("experiments.verdict.better", arm=arm, part=said), arm)
    few = [one for one in goal.comparisons if is_few(one, goal.metric)]
    if few:
        key = "few_hits" if OUTCOMES[goal.metric].is_share else "few_people"
        least = _FEWEST_HITS if OUTCOMES[goal.metric].is_share else _FEWEST_PEOPLE
        return Verdict("few", text(f"experiments.verdict.{key}", least=least))
    if all(goal.stand(one) == "worse" for one in goal.comparisons):
        worst = min(goal.comparisons, key=goal.gain)
        return Verdict("worse", text("experiments.verdict.worse", part=_part(worst)))
    return _unclear(goal)


def _unclear(goal: MetricLine) -> Verdict:
    """Return that nothing can be told yet, and how many people are missing."""
    missing = [one.more_needed for one in goal.comparisons if isfinite(one.more_needed)]
    missing = [one for one in missing if one > 0]
    if not missing:
        return Verdict("unclear", text("experiments.verdict.no_number"))
    each = ceil(min(missing))
    return Verdict("unclear", text("experiments.verdict.unclear", n=f"{each:,}"))


def winner_of(
    plan: Plan,
    lines: Sequence[MetricLine],
    srm_p: float,
    planned: Mapping[str, float] | None,
) -> str:
    """Return the arm that has won by the plan's own rule; "" = none has.

    Args:
        plan: the experiment.
        lines: every outcome, the first goal first.
        srm_p: how likely it is that people fell into the arms as planned.
        planned: arm -> corrected p at the one look that was planned; None = it has not come.
    """
    if srm_p < BLOCKED or not lines:
        return ""
    goal = lines[0]
    won = []
    for one in goal.comparisons:
        arm = one.variant.variant
        if plan.proof == "planned":
            is_proven = planned is not None and planned.get(arm, 1.0) < _LEVEL
            is_proven = is_proven and not is_few(one, goal.metric) and goal.gain(one) > 0
        else:
            is_proven = goal.stand(one) == "better"
        if is_proven and not _worse_guards(lines, arm):
            won.append(one)
    return max(won, key=goal.gain).variant.variant if won else ""


def _worse_guards(lines: Sequence[MetricLine], arm: str) -> list[str]:
    """Return the guards that an arm is known to make worse."""
    return [
        line.metric
        for line in lines
        if line.role == "guard"
        for one in line.comparisons
        if one.variant.variant == arm and line.stand(one) == "worse"
    ]


def _part(one: Comparison) -> str:
    """Return a difference as a part of the control, or as it stands where that is nothing."""
    if isfinite(one.relative.value):
        return f"{one.relative.value:+.1%}"
    return f"{one.difference.value:+.4g}"
