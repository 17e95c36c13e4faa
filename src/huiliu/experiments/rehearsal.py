"""Experiments that never were: how often looking every day finds what is not there.

Worlds are drawn from a seed, so the same question always has the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from huiliu.experiments.adaptive import compare_weighted
from huiliu.statistics.always_valid import half_width
from huiliu.statistics.proportions import Interval, wilson
from huiliu.statistics.thompson import thompson_shares
from huiliu.statistics.welch import Sample, absolute

__all__ = ["Peeked", "peek", "peek_adaptive"]

#: Two standard errors of one planned look, as usual.
_ONCE: Final = 1.959963984540054
_ARMS: Final = ("control", "new")


@dataclass(frozen=True, slots=True)
class Peeked:
    """What so many experiments said."""

    runs: int
    looks: int
    #: In each arm, at the end.
    people: int
    rate: float
    #: The true relative difference; 0 = both arms are alike.
    effect: float
    #: Runs that a fixed interval called different at any look, and at the last one alone.
    fixed_any: int
    fixed_last: int
    #: Runs that the interval that holds at every look called different, at any look.
    always: int
    #: People of an arm at which half of those that were called different were; 0 = none was.
    people_to_stop: int

    def share(self, n: int) -> float:
        """Return which share of all runs that is."""
        return n / self.runs

    def interval(self, n: int) -> Interval:
        """Return the 95 % interval of that share."""
        return wilson(n, self.runs)


def peek(  # noqa: PLR0913 - each is another noun
    *,
    rate: float,
    people: int,
    looks: int,
    runs: int,
    seed: int,
    effect: float = 0.0,
    expected: float | None = None,
) -> Peeked:
    """Return what looking at experiments again and again finds.

    Args:
        rate: the share of the control's people who do it.
        people: in each arm, at the end.
        looks: evenly over the way there.
        runs: how many experiments.
        seed: of the draws.
        effect: the true relative difference.
        expected: people of both arms for whom the interval is narrowest; None = half of all.
    """
    rng = np.random.default_rng(seed)
    steps = np.diff(np.linspace(0, people, looks + 1).round().astype(int))
    reached = np.cumsum(steps)
    fixed_any = fixed_last = 0
    stopped: list[int] = []
    for _ in range(runs):
        hits = np.cumsum(rng.binomial(steps, rate))
        theirs = np.cumsum(rng.binomial(steps, min(1.0, rate * (1 + effect))))
        once = [
            _looks_different(n, a, b, expected or people)
            for n, a, b in zip(reached.tolist(), hits.tolist(), theirs.tolist(), strict=True)
        ]
        fixed_any += any(fixed for fixed, _ in once)
        fixed_last += once[-1][0]
        found = next((nth for nth, (_, always) in enumerate(once) if always), None)
        if found is not None:
            stopped.append(int(reached[found]))
    middle = int(np.median(stopped)) if stopped else 0
    return Peeked(runs, looks, people, rate, effect, fixed_any, fixed_last, len(stopped), middle)


def peek_adaptive(
    *, rates: tuple[float, float], people: int, batches: int, runs: int, seed: int
) -> tuple[Peeked, float, float]:
    """Return the same where shares follow Thompson's rule; and the errors of both estimates.

    The errors are those of the new arm's weighed and of its plain mean, on average over all runs:
    the plain one is biased, because an arm that was unlucky is shown less afterwards.

    Args:
        rates: of the control and of the new arm.
        people: in both arms together, at the end.
        batches: how often shares are set anew.
        runs: how many experiments.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    each = people // batches
    any_, last, weighed, plain = 0, 0, 0.0, 0.0
    for nth in range(runs):
        cells: dict[tuple[str, int], Sample] = {}
        chances: dict[int, dict[str, float]] = {}
        hits, tries = [0, 0], [0, 0]
        called = []
        for batch in range(batches):
            shares = thompson_shares(hits, tries, seed * 1_000_003 + nth * batches + batch)
            chances[batch] = dict(zip(_ARMS, shares, strict=True))
            came = rng.multinomial(each, shares)
            for place, arm in enumerate(_ARMS):
                done = int(rng.binomial(came[place], rates[place]))
                cells[arm, batch] = Sample(float(came[place]), float(done), float(done))
                hits[place] += done
                tries[place] += int(came[place])
            [found] = compare_weighted(
                ("", ""), cells, chances, _ARMS, expected=people / 2, alpha=0.05
            )
            called.append(found.is_significant)
        any_ += any(called)
        last += called[-1]
        weighed += found.variant.sample.mean - rates[1]
        plain += hits[1] / max(1, tries[1]) - rates[1]
    effect = rates[1] / rates[0] - 1
    told = Peeked(runs, batches, people // 2, rates[0], effect, 0, last, any_, 0)
    return told, weighed / runs, plain / runs


def _looks_different(n: int, hits: int, theirs: int, expected: float) -> tuple[bool, bool]:
    """Return whether a fixed interval, and the one of every look, call two arms different."""
    found = absolute(Sample(n, hits, hits), Sample(n, theirs, theirs))
    if not found.error:
        return False, False
    apart = abs(found.value)
    return apart > _ONCE * found.error, apart > half_width(found.error, 2 * n, 0.05, expected)
