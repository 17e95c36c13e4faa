"""How far a total would move if other people had come."""

from __future__ import annotations

import numpy as np
import pytest

from huiliu.statistics.jackknife import jackknife


def test_a_total_that_every_group_shares_alike_does_not_move() -> None:
    """Where all groups bring the same there is nothing that other groups would change."""
    assert jackknife(100.0, [95.0] * 20) == pytest.approx((100.0, 100.0))


def test_the_interval_holds_the_true_total_as_often_as_it_says() -> None:
    """Of sums of drawn people in twenty groups 95 % of the intervals hold what is expected."""
    dice = np.random.default_rng(3)
    held = 0
    for _ in range(600):
        groups = dice.poisson(30.0, 20)
        whole = float(groups.sum())
        low, high = jackknife(whole, [whole - float(one) for one in groups])
        held += low <= 600.0 <= high
    # 570 expected; four standard deviations of a binomial are 21.
    assert 549 <= held <= 591
