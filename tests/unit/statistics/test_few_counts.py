"""Shares of which few were counted: the test and the interval are those of the literature.

Figures: Newcombe, Statistics in Medicine 17 (1998), table II, method of Miettinen and Nurminen; p
by statsmodels 0.15.0, `test_proportions_2indep(method="score", correction=True)`; the others by
finding the likeliest shares with scipy 1.17.1's `minimize_scalar` and the ends with its `brentq`.
"""

from __future__ import annotations

from itertools import product
from math import isnan

import pytest
from scipy.stats import binom

from huiliu.experiments.read_out import Arm, compare
from huiliu.statistics.few_counts import Counts
from huiliu.statistics.welch import Sample, absolute, relative


@pytest.mark.parametrize(
    ("counts", "low", "high", "p"),
    [
        ((48, 80, 56, 70), 0.0528, 0.3382, 0.00825829),
        ((3, 10, 9, 10), 0.1700, 0.8406, 0.00760164),
        ((5, 5, 0, 5), -1.0, -0.40171, 0.00269980),
        ((2, 20, 9, 30), -0.042333, 0.405394, 0.09778771),
        ((3, 1000, 0, 1000), -0.008785, 0.000834, 0.08311026),
        ((8, 10, 8, 10), -0.370784, 0.370784, 1.0),
        ((50, 50, 60, 60), -0.060690, 0.071955, 1.0),
    ],
)
def test_intervals_and_p_are_those_of_other_software(
    counts: tuple[int, int, int, int], low: float, high: float, p: float
) -> None:
    """Also where everybody did, or nobody; and the interval has a width then."""
    found = Counts(*counts)
    assert found.interval() == pytest.approx((low, high), abs=6e-5)
    assert found.p == pytest.approx(p, abs=1e-7)


@pytest.mark.parametrize(
    ("counts", "low", "high", "p"),
    [
        ((3, 10**8, 0, 10**8), -8.8211877e-8, 8.4145873e-9, 0.083264515),
        ((10**7 - 3, 10**7, 10**7, 10**7), -8.4145811e-8, 8.8211845e-7, 0.083264501),
    ],
)
def test_a_few_of_very_many_are_no_certainty(
    counts: tuple[int, int, int, int], low: float, high: float, p: float
) -> None:
    """Three of a hundred million against none; figures by decimals of 60 digits and bisection."""
    found = Counts(*counts)
    assert found.p == pytest.approx(p, rel=1e-6)
    assert found.interval() == pytest.approx((low, high), rel=1e-5)


@pytest.mark.parametrize("counts", [(2, 987_465, 0, 2), (0, 7, 2, 7_847_973), (1, 1, 0, 1)])
def test_arms_that_are_swapped_have_the_interval_turned_around(
    counts: tuple[int, int, int, int],
) -> None:
    """However unequal they are."""
    k, n, k_other, n_other = counts
    low, high = Counts(*counts).interval()
    turned = Counts(k_other, n_other, k, n).interval()
    assert turned == pytest.approx((-high, -low), rel=1e-6)


def test_parts_of_people_have_no_counts() -> None:
    """Weights of less than one person are compared as any other values."""
    assert absolute(Sample(0.2, 0.1, 0.1), Sample(0.3, 0.1, 0.1)).counts is None


def test_intervals_of_small_arms_hold_the_truth_about_as_often_as_they_say() -> None:
    """Every outcome of 10 and 12 people, counted out: 93 to 100 %; Welch's goes down to 30 %."""
    kept = {}
    for k, other in product(range(11), range(13)):
        kept[k, other] = Counts(k, 10, other, 12).interval()
    for share, gap in ((0.05, 0.1), (0.5, 0.0), (0.3, 0.4), (0.02, 0.9), (0.8, -0.6)):
        ours, theirs = binom(10, share), binom(12, share + gap)
        holds = sum(
            ours.pmf(k) * theirs.pmf(other)
            for (k, other), (low, high) in kept.items()
            if low - 1e-9 <= gap <= high + 1e-9
        )
        assert 0.93 <= holds <= 1


def test_p_is_below_a_twentieth_just_where_the_interval_leaves_zero_out() -> None:
    """For every outcome of two small arms."""
    for k, other in product(range(8), range(10)):
        found = Counts(k, 7, other, 9)
        low, high = found.interval()
        assert (found.p < 0.05) == (low > 0 or high < 0)


def test_the_chance_to_be_better_is_exact() -> None:
    """Beta distributions; figures by four million draws of numpy 2.4.6 and by the sum of the other.

    5 of 5 against 0 of 5 is 1 in 924: the ways in which six of twelve can all be the first six.
    """
    assert Counts(5, 5, 0, 5).chance == pytest.approx(1 / 924)
    assert Counts(3, 1000, 0, 1000).chance == pytest.approx(0.0623, abs=3e-4)
    assert Counts(0, 1000, 3, 1000).chance == pytest.approx(1 - 0.0623, abs=3e-4)
    assert Counts(100_000, 100_000, 99_998, 100_000).chance == pytest.approx(0.1248, abs=3e-4)


def test_five_of_five_against_none_of_five_is_no_certainty() -> None:
    """No p of 0 and no interval of no width, absolute, relative or at every look."""
    control, variant = Sample(5, 5, 5), Sample(5, 0, 0)
    found = absolute(control, variant)
    assert found.p == pytest.approx(0.0026998, abs=1e-7)
    assert found.interval() == pytest.approx((-1, -0.40171), abs=1e-5)
    assert relative(control, variant).error > 0.1
    said = compare(Arm("x", "a", "m", control), Arm("x", "b", "m", variant))
    assert not said.is_significant
    assert said.chance == pytest.approx(1 / 924)
    assert isnan(said.risk[1])


def test_of_values_that_never_vary_nothing_is_known() -> None:
    """Fifty yuan from each against fifty-five, or nothing at all: no p, no interval."""
    for arms in ((Sample(5, 250, 12_500), Sample(5, 275, 15_125)), (Sample(9, 0, 0),) * 2):
        found = absolute(*arms)
        assert isnan(found.p)
        assert all(isnan(end) for end in found.interval())


def test_with_five_of_each_welch_is_used() -> None:
    """The published 14 of 28 against 16 of 30 stays; 4 of 28 is few."""
    assert absolute(Sample(28, 5, 5), Sample(30, 16, 16)).counts is None
    assert absolute(Sample(28, 4, 4), Sample(30, 16, 16)).counts is not None
    assert absolute(Sample(28, 4, 9), Sample(30, 16, 16)).counts is None
