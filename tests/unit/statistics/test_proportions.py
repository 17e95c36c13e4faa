"""Intervals of shares agree with published examples, and never leave what is possible."""

from __future__ import annotations

import pytest

from huiliu.statistics.proportions import difference, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)  # fmt: skip
def test_a_share_has_the_interval_of_the_source(k: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I."""
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_a_difference_has_the_interval_of_the_source() -> None:
    """Newcombe (1998), table II: 56/70 less 48/80."""
    assert difference(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_no_tries_tell_nothing() -> None:
    """Without a group nothing is said."""
    assert wilson(0, 0) == (0.0, 1.0)
    assert difference(1, 2, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (5, 5), (3, 7)])
def test_an_interval_holds_the_share(k: int, n: int) -> None:
    """Also at the ends."""
    low, high = wilson(k, n)

    assert 0 <= low <= k / n <= high <= 1
