"""By how much days that hang together widen what adds up over them."""

from __future__ import annotations

import numpy as np
import pytest

from huiliu.statistics.stickiness import widening


def days(seed: int, sticks: float, n: int = 2_000) -> dict[int, float]:
    """Return days of an autoregression of first order with variance 1."""
    rng = np.random.default_rng(seed)
    found, at = {}, 0.0
    for day in range(n):
        at = sticks * at + np.sqrt(1 - sticks**2) * rng.normal()
        found[day] = at
    return found


@pytest.mark.parametrize("sticks", [0.3, 0.5, 0.7])
def test_long_series_come_near_to_the_theory(sticks: float) -> None:
    """(1 + r) / (1 - r), never more than it and not much less."""
    theory = (1 + sticks) / (1 - sticks)
    found = [widening(days(seed, sticks)) for seed in range(5)]
    assert 0.75 * theory < np.mean(found) < 1.05 * theory


def test_a_month_of_independent_days_is_hardly_widened() -> None:
    """On average by less than a tenth, and never made narrower."""
    found = [widening(days(seed, 0.0, 28)) for seed in range(200)]
    assert min(found) == 1
    assert np.mean(found) < 1.1


def test_days_that_are_no_neighbours_or_too_few_tell_nothing() -> None:
    """Every other day, a week, and days without any scatter."""
    assert widening({2 * day: 1.0 for day in range(20)}) == 1
    assert widening(dict.fromkeys(range(7), 1.0)) == 1
    assert widening(dict.fromkeys(range(28), 0.0)) == 1
