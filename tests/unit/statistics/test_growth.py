"""How many others each brings, and what one of them costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from huiliu.statistics.growth import mean_of_counts, ratio


def test_nobody_says_nothing() -> None:
    """Without people there is no figure, and without new ones no cost of one."""
    assert mean_of_counts([]).value is None
    assert ratio([5.0], [0]).value is None


def test_none_of_many_is_a_figure_with_an_upper_end() -> None:
    """Where nobody came, Garwood's limit says how many might have."""
    found = mean_of_counts([0] * 50)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(stats.chi2.ppf(0.975, 2) / 2 / 50)


def test_the_interval_widens_with_the_spread() -> None:
    """The same mean of people who differ more is less certain."""
    even, uneven = mean_of_counts([1] * 100), mean_of_counts([0] * 90 + [10] * 10)
    assert even.value == uneven.value == 1.0
    assert even.high is not None
    assert uneven.high is not None
    assert even.high == pytest.approx(math.exp(1.96 / 10), rel=1e-3)
    assert uneven.high > even.high


@pytest.mark.parametrize("dispersion", [1.5, 4.0])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(dispersion: float) -> None:
    """Of 2,000 campaigns of 200 people with a mean of 0.6, 92 to 97 % contain it."""
    rng, mean = np.random.default_rng(7), 0.6
    shape = mean / (dispersion - 1)
    held = 0
    for _ in range(2_000):
        counts = rng.negative_binomial(shape, 1 / dispersion, 200).tolist()
        found = mean_of_counts(counts)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= mean <= found.high
    assert 0.92 <= held / 2_000 <= 0.97


def test_a_cost_is_all_that_was_spent_by_all_who_came() -> None:
    """Two inviters who brought 1 and 3 for 30 make 7.5 each; one alone has no interval."""
    found = ratio([10.0, 20.0], [1, 3])
    assert found.value == 7.5
    assert found.low is not None
    assert found.high is not None
    assert found.low < 7.5 < found.high
    assert ratio([10.0], [2]).low is None
