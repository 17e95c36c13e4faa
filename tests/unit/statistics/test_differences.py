"""Differences of arms reach the published figures. Source: GrowthBook's own tests (8f1db44)."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from huiliu.statistics.always_valid import half_width, interval, p_value, people_to_tell
from huiliu.statistics.bayes import Belief, believe, chance_to_beat
from huiliu.statistics.cuped import Paired, adjusted_samples
from huiliu.statistics.false_discovery import adjusted
from huiliu.statistics.power import least_effect, needed, needed_to_see_drop
from huiliu.statistics.sample_ratio import BLOCKED, sample_ratio_p
from huiliu.statistics.thompson import FLOOR, thompson_shares
from huiliu.statistics.welch import Sample, absolute, relative

A, B = Sample(3407, 1396.87, 52377.9767), Sample(3461, 2422.7, 134698.29)


def near(*figures: float) -> object:
    """Return published figures, as exact as they were printed."""
    return pytest.approx(figures, abs=6e-6)


def test_a_relative_difference_is_the_published_one() -> None:
    """Revenue by the delta method, with Welch's freedom."""
    found = relative(A, B)
    assert (found.value, found.error, found.p) == near(0.70732, 0.37879, 0.06191)
    assert found.interval() == near(-0.03526, 1.44989)


def test_an_absolute_difference_is_the_published_one() -> None:
    """The same arms, in units of the metric."""
    found = absolute(A, B)
    assert (found.value, found.error, found.p) == near(0.29, 0.12478, 0.02016)
    assert found.interval() == near(0.04538, 0.53462)


def test_shares_vary_as_shares_do() -> None:
    """Values of 0 and 1 have the variance p (1 - p), not one divided by n - 1."""
    found = relative(Sample(28, 14, 14), Sample(30, 16, 16))
    assert (found.value, found.error, found.p) == pytest.approx(
        (0.06667, 0.2717, 0.80707), abs=5e-5
    )
    assert found.interval() == near(-0.47767, 0.61101)


def test_intervals_that_hold_at_every_look_are_the_published_ones() -> None:
    """Means with a tuning of 1,000, shares with 5,000."""
    found = relative(Sample(3000, A.total, A.squares), B)
    assert interval(found.value, found.error, found.n, expected=1000) == near(-0.55844, 1.56516)
    assert p_value(found.value, found.error, found.n, expected=1000) == 1
    found = relative(Sample(3000, 1396, 1396), Sample(3461, 2422, 2422))
    assert interval(found.value, found.error, found.n) == near(0.40098, 0.60675)


def test_looking_often_does_not_find_what_is_not_there() -> None:
    """Of 400 runs of nothing, each looked at 45 times, at most one in twenty alarms."""
    rng = np.random.default_rng(7)
    step, looks, runs = 200, 50, 400
    bought = rng.binomial(step, 0.1, size=(2, runs, looks)).cumsum(axis=2)
    n = step * np.arange(1, looks + 1)
    alarms = 0
    for run in range(runs):
        for look in range(5, looks):
            arms = [Sample(n[look], *[float(bought[arm, run, look])] * 2) for arm in (0, 1)]
            found = absolute(*arms)
            if abs(found.value) > half_width(found.error, found.n):
                alarms += 1
                break
    assert alarms <= 0.05 * runs


def test_p_and_interval_agree_at_every_look() -> None:
    """P is below 5 % exactly where the 95 % interval leaves 0 out."""
    for value in np.linspace(-0.2, 0.2, 41):
        for n in (50, 1_000, 100_000):
            is_out = abs(value) > half_width(0.03, n)
            assert (p_value(value, 0.03, n) < 0.05) == is_out


def test_people_to_tell_is_where_the_interval_first_leaves_zero_out() -> None:
    """With so many people the difference can be told, with a few less it cannot."""
    people = people_to_tell(0.005, 0.004, 20_000)
    assert half_width(0.004 * (20_000 / people) ** 0.5, people) < 0.005
    fewer = people * 0.99
    assert half_width(0.004 * (20_000 / fewer) ** 0.5, fewer) > 0.005
    assert people_to_tell(0.0, 0.004, 20_000) == 0


def test_beliefs_are_the_published_ones() -> None:
    """Without a belief before, and with one."""
    found = relative(Sample(10, 100, 1002.25), Sample(10, 105, 1111.5))
    flat = believe(found.value, found.error, prior_sd=None)
    assert (flat.mean, flat.deviation, flat.chance) == near(0.05, 0.035716, 0.91923)
    assert flat.interval() == near(-0.02, 0.12)
    assert flat.risk == near(0.05131, 0.00131)
    leaning = believe(found.value, found.error, 0.1, 0.1**0.5)
    assert (leaning.mean, leaning.deviation, leaning.chance) == near(0.05063, 0.03549, 0.92315)
    assert Belief(0.1, 0.05).risk == pytest.approx((0.1004245351, 0.0004245351), abs=1e-9)


def test_the_exact_chance_of_two_shares_is_the_published_one() -> None:
    """49 of 100 against 51 of 100, flat before."""
    assert chance_to_beat(49, 100, 51, 100) == pytest.approx(0.61077, abs=1e-5)


@pytest.mark.parametrize(
    ("counts", "shares", "p"),
    [
        ((1000, 1200), (0.5, 0.5), 0.000020079),
        ((135, 115), (1, 1), 0.205903211),
        ((310, 98), (75, 25), 0.647434186),
        ((310, 98, 7), (75, 25, 0), 0.647434186),
        ((310,), (1,), 1.0),
        ((44_700, 45_489), (1, 1), 0.0086079878),
    ],
)
def test_sample_ratios_are_the_published_ones(
    counts: tuple[int, ...], shares: tuple[float, ...], p: float
) -> None:
    """Arms of share 0 and single arms are no mismatch."""
    assert sample_ratio_p(counts, shares) == pytest.approx(p, rel=1e-4)


def test_only_a_gross_mismatch_blocks() -> None:
    """1,000 against 1,200 is blocked, 135 against 115 is not."""
    assert sample_ratio_p((1000, 1200), (1, 1)) < BLOCKED < sample_ratio_p((135, 115), (1, 1))


def test_many_questions_are_corrected_together() -> None:
    """The example of Benjamini and Hochberg: four of fifteen stand at 5 %."""
    ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
          0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert sum(q <= 0.05 for q in adjusted(ps)) == 4
    assert adjusted(ps)[::-1] == adjusted(ps[::-1])
    assert adjusted([]) == []


def test_people_needed_are_those_of_the_tables() -> None:
    """One-sided at 1 % with a power of 80 %, a relative fall of 5 %."""
    assert [round(needed_to_see_drop(p, 0.05)) for p in (0.01, 0.03, 0.1)] == pytest.approx(
        [397_426, 129_799, 36_129], abs=2
    )
    n = needed(0.03 * 0.97, 0.0015)
    assert least_effect(0.03 * 0.97, n) == pytest.approx(0.0015, rel=1e-4)


def test_what_was_known_before_takes_noise_out_and_leaves_the_truth() -> None:
    """The difference is the same on average, and its error much smaller."""
    rng = np.random.default_rng(3)
    raw, less = [], []
    for _ in range(50):
        arms = []
        for lift in (0.0, 0.5):
            x = rng.normal(10, 3, 400)
            y = x + lift + rng.normal(0, 1, 400)
            arms.append(Paired(400, y.sum(), (y * y).sum(), x.sum(), (x * x).sum(), (x * y).sum()))
        raw.append(absolute(*[Sample(one.n, one.total, one.squares) for one in arms]))
        less.append(absolute(*adjusted_samples(arms)))
    assert np.mean([one.value for one in less]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([one.error for one in less]) < 0.4 * np.mean([one.error for one in raw])


def test_every_arm_keeps_its_floor_and_the_best_gets_most() -> None:
    """Shares add up to 1, are the same for the same seed, and no arm starves."""
    shares = thompson_shares([10, 40, 10], [200, 200, 200], seed=5)
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= FLOOR
    assert shares[1] > 0.8
    assert shares == thompson_shares([10, 40, 10], [200, 200, 200], seed=5)
    assert thompson_shares([0] * 40, [0] * 40, seed=1) == pytest.approx([1 / 40] * 40)


def test_too_few_people_tell_nothing() -> None:
    """One person has no variance, nobody no mean: nothing is claimed."""
    found = absolute(Sample(1, 3, 9), Sample(50, 100, 400))
    assert isnan(found.error)
    assert isnan(found.p)
    assert half_width(found.error, found.n) == float("inf")
    assert isnan(relative(Sample(10, 0, 0), Sample(10, 1, 1)).value)
