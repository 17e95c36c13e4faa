"""What is said about days to come is as sure as it turns out to be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from huiliu.statistics.projection import FEWEST_DAYS, project


def test_few_days_tell_nothing() -> None:
    """Thirteen days are no history, fourteen are."""
    assert project(dict.fromkeys(range(FEWEST_DAYS - 1), 1.0), [20]) is None
    assert project(dict.fromkeys(range(FEWEST_DAYS), 1.0), [20]) is not None


def test_days_that_never_vary_are_sure() -> None:
    """What is always 10 is 30 in three days, and never 31."""
    found = project(dict.fromkeys(range(40), 10.0), [40, 41, 42])

    assert found is not None
    assert (found.expected, found.error) == (30.0, 0.0)
    assert (found.reaches(30), found.reaches(31)) == (1.0, 0.0)
    assert found.between() == (30.0, 30.0)


def test_without_weeks_it_is_the_predictive_t_of_the_textbook() -> None:
    """Twenty days of alternating noise: mean, s * sqrt(m + m^2 / n), and n - 1 degrees."""
    values = {day: 100.0 + (5 if day % 2 else -5) for day in range(20)}
    found = project(values, range(20, 30))

    assert found is not None
    deviation = float(np.std(list(values.values()), ddof=1))
    assert found.expected == pytest.approx(1000)
    assert found.error == pytest.approx(deviation * np.sqrt(10 + 100 / 20))
    assert found.freedom == 19
    wanted = stats.t.sf((1020 - 1000) / found.error, 19)
    assert found.reaches(1020) == pytest.approx(float(wanted))
    low, high = found.between()
    assert found.reaches(low) - found.reaches(high) == pytest.approx(0.8)


def test_weekends_are_weekends_in_the_days_to_come() -> None:
    """A weekend of 50 each and weekdays of 10 each, exactly as they were."""
    values = {day: 50.0 if day % 7 in {2, 3} else 10.0 for day in range(35)}
    found = project(values, [37, 38, 39])

    assert found is not None
    assert found.expected == pytest.approx(50 + 50 + 10)
    assert found.error == 0


def test_a_missing_day_is_not_a_zero() -> None:
    """Days that were never told of leave the mean alone."""
    found = project({day: 10.0 for day in range(40) if day % 3}, [40])

    assert found is not None
    assert found.expected == pytest.approx(10)


@pytest.mark.parametrize("stick", [0.0, 0.4])
def test_what_is_said_to_be_likely_happens_so_often(stick: float) -> None:
    """Of brands whose goal was called 70 to 90 % likely, about 80 % reach it; so everywhere.

    Six weeks of noisy weekdays, four weeks to come; 3,000 brands, noise that sticks or not.
    """
    dice = np.random.default_rng(42)
    told: list[float] = []
    came: list[bool] = []
    for _ in range(3_000):
        week = 100 + 30 * dice.random(7)
        noise = dice.normal(0, 12, 70)
        for at in range(1, 70):
            noise[at] += stick * noise[at - 1]
        days = np.array([week[at % 7] for at in range(70)]) + noise
        found = project({at: float(days[at]) for at in range(42)}, range(42, 70))
        assert found is not None
        needed = found.expected + found.error * float(dice.normal())
        told.append(found.reaches(needed))
        came.append(bool(days[42:].sum() >= needed))
    said, was = np.array(told), np.array(came)
    for low in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9):
        high = {0.0: 0.1, 0.9: 1.0}.get(low, low + 0.2)
        mine = (said >= low) & (said < high)
        # Within the noise of so many brands, and 6 points for what 42 days cannot know.
        assert abs(said[mine].mean() - was[mine].mean()) < 0.06 + 2 / np.sqrt(mine.sum())
