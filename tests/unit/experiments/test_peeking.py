"""Who looks every day is not misled: a fixed interval would do it, that of every look does not."""

from __future__ import annotations

from math import sqrt

import pytest

from huiliu.experiments.rehearsal import peek, peek_adaptive


def test_looking_again_and_again_misleads_a_fixed_interval_alone() -> None:
    """Of 1,000 A/A runs with 50 looks: about 3 of 10 by the fixed one, at most 1 of 20 by ours."""
    found = peek(rate=0.05, people=50_000, looks=50, runs=1_000, seed=1)
    assert found.share(found.fixed_any) > 0.25
    assert found.share(found.fixed_last) < 0.05 + 2 * sqrt(0.05 * 0.95 / 1_000)
    assert found.share(found.always) <= 0.05
    assert found == peek(rate=0.05, people=50_000, looks=50, runs=1_000, seed=1)


def test_what_is_there_is_found_before_the_end() -> None:
    """A fifth more is found in every run, in half of them with a third of the people."""
    found = peek(rate=0.05, people=50_000, looks=50, runs=200, seed=2, effect=0.2)
    assert found.always == 200
    assert 0 < found.people_to_stop < 20_000


@pytest.mark.trial
def test_ten_thousand_experiments_of_nothing_mislead_one_in_twenty_at_most() -> None:
    """10,000 A/A runs with 50 looks each, at three rates."""
    for rate in (0.01, 0.05, 0.3):
        found = peek(rate=rate, people=50_000, looks=50, runs=10_000, seed=20_261_123)
        assert found.share(found.always) <= 0.05, found
        assert found.share(found.fixed_any) > 0.2, found


@pytest.mark.trial
def test_shares_that_change_mislead_one_in_twenty_at_most() -> None:
    """1,000 A/A runs under Thompson's rule: the weighed mean is right, and so is its interval."""
    found, weighed, plain = peek_adaptive(
        rates=(0.05, 0.05), people=20_000, batches=10, runs=1_000, seed=7
    )
    assert found.share(found.always) <= 0.05, found
    # One run's error is about 0.003, so that of the mean of them is about 0.0001.
    assert abs(weighed) < 0.0004
    assert plain < 0
    better, weighed, _ = peek_adaptive(
        rates=(0.05, 0.065), people=40_000, batches=10, runs=200, seed=8
    )
    assert better.share(better.always) > 0.5, better
    assert abs(weighed) < 0.0008
