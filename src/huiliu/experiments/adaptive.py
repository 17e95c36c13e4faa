"""What arms are worth whose shares changed on the way: everybody counts by how likely they were.

The plain mean of an arm that was shown more because it did well says too much of it. Each value is
divided by the chance that the person had to get this arm, as it was logged when they got it; the
mean over everybody is then right whatever the shares did, and the interval that holds at every
look holds for it too.

Source: Horvitz, Thompson, "A Generalization of Sampling Without Replacement", JASA 47 (1952);
Waudby-Smith et al., arXiv 2103.06476, for estimates of which each rests on those before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, nan, sqrt

from huiliu.experiments.read_out import Arm, Comparison, compared
from huiliu.statistics.welch import Difference, Sample

__all__ = ["compare_weighted", "expected_people"]

#: (arm, batch) -> what one metric was in it.
Cells = Mapping[tuple[str, int], Sample]
#: Batch -> arm -> the chance to get it.
Chances = Mapping[int, Mapping[str, float]]


def expected_people(cells: Cells, chances: Chances, arms: Sequence[str]) -> dict[str, float]:
    """Return how many people each arm should have, given who came in which batch."""
    came: dict[int, float] = {}
    for (_, batch), sample in cells.items():
        came[batch] = came.get(batch, 0.0) + sample.n
    return {
        arm: sum(n * chances[batch].get(arm, 0.0) for batch, n in came.items() if batch in chances)
        for arm in arms
    }


def compare_weighted(
    named: tuple[str, str],
    cells: Cells,
    chances: Chances,
    arms: Sequence[str],
    *,
    expected: float,
    alpha: float,
) -> list[Comparison]:
    """Return every arm against the first one.

    Args:
        named: the experiment and the metric.
        cells: what the metric was, by arm and batch.
        chances: by which shares people were let in.
        arms: the control first.
        expected: the number of people for which the interval is made narrowest.
        alpha: how often it may miss.
    """
    n = sum(sample.n for sample in cells.values())
    planned = expected_people(cells, chances, arms)
    # Weighed sums, as those of n people of whom most count nothing.
    weighed = {one: _weighed(one, cells, chances, n) for one in arms}
    heads = {one: sum(s.n for (arm, _), s in cells.items() if arm == one) for one in arms}

    def arm_of(name: str) -> Arm:
        mean = weighed[name].mean if n else 0.0
        # People as they were counted, sums such that the mean is the weighed one.
        sample = Sample(heads[name], mean * heads[name], _squares(name, cells, mean))
        return Arm(*named[:1], name, named[1], sample, planned[name])

    control = arm_of(arms[0])
    found = []
    for name in arms[1:]:
        one, base = weighed[name], weighed[arms[0]]
        found.append(
            compared(control, arm_of(name), _difference(base, one, n), _relative(base, one, n),
                     expected, alpha)
        )  # fmt: skip
    return found


def _weighed(name: str, cells: Cells, chances: Chances, n: float) -> Sample:
    """Return the sums of value / chance over everybody; 0 for those of other arms."""
    total = squares = 0.0
    for (arm, batch), sample in cells.items():
        chance = chances.get(batch, {}).get(arm, 0.0)
        if arm == name and chance > 0:
            total += sample.total / chance
            squares += sample.squares / chance**2
    return Sample(n, total, squares)


def _squares(name: str, cells: Cells, mean: float) -> float:
    """Return squares that say what they can of one arm, shown beside its weighed mean."""
    of_arm = [sample for (arm, _), sample in cells.items() if arm == name]
    n, squares = sum(one.n for one in of_arm), sum(one.squares for one in of_arm)
    return max(squares, mean * mean * n)


def _difference(base: Sample, one: Sample, n: float) -> Difference:
    """Return the difference of two weighed means: one person never counts in both."""
    if n < 2:
        return Difference(nan, nan, nan, n)
    value = one.mean - base.mean
    variance = max(0.0, (one.squares + base.squares) / n - value * value)
    return Difference(value, sqrt(variance / n), n - 1, n)


def _relative(base: Sample, one: Sample, n: float) -> Difference:
    """Return it as a part of the control's mean, by the delta method."""
    if n < 2 or not base.mean:
        return Difference(nan, nan, nan, n)
    ratio = one.mean / base.mean
    spread = one.squares / n - one.mean**2
    spread_base = base.squares / n - base.mean**2
    together = -one.mean * base.mean
    variance = (spread + ratio**2 * spread_base - 2 * ratio * together) / base.mean**2
    error = sqrt(max(0.0, variance) / n)
    return Difference(ratio - 1, error if isfinite(error) else nan, n - 1, n)
