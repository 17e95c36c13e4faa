"""What is said of an experiment: blocked, told, or not yet."""

from __future__ import annotations

from math import isnan

import pytest

from huiliu.experiments.read_out import Arm, read_out
from huiliu.statistics.welch import Sample


def arm(variant: str, n: int, bought: int, *, metric: str = "orders", share: float = 1) -> Arm:
    """Return a variant in which so many of n bought."""
    return Arm("mail", variant, metric, Sample(n, bought, bought), share)


def test_each_variant_is_compared_with_the_first_of_its_metric() -> None:
    """Two metrics with their own control; order is kept."""
    found = read_out([
        arm("a", 100, 10), arm("b", 100, 12), arm("a", 90, 3, metric="x"),
        arm("b", 90, 4, metric="x"), arm("c", 100, 9),
    ])  # fmt: skip
    assert [(one.variant.metric, one.variant.variant) for one in found] == [
        ("orders", "b"), ("orders", "c"), ("x", "b"),
    ]  # fmt: skip
    assert all(one.control.variant == "a" for one in found)


def test_a_large_difference_is_told_and_a_small_one_needs_more_people() -> None:
    """What cannot be told yet says how many more people a variant needs."""
    large, small = read_out([arm("a", 10_000, 300), arm("b", 10_000, 600), arm("c", 10_000, 310)])
    assert large.is_significant
    assert large.more_needed == 0
    assert not small.is_significant
    assert small.more_needed > 100_000


def test_people_who_fell_otherwise_than_planned_block_it() -> None:
    """At equal shares 10,000 against 9,000 is blocked; at planned shares of 10 to 9 it is not."""
    (blocked,) = read_out([arm("a", 10_000, 300), arm("b", 9_000, 300)])
    (planned,) = read_out([arm("a", 10_000, 300, share=10), arm("b", 9_000, 300, share=9)])
    assert blocked.is_blocked
    assert not planned.is_blocked


def test_many_variants_are_corrected_together() -> None:
    """The corrected p is never below the one of a single question."""
    found = read_out([arm("a", 5_000, 250), *(arm(f"v{k}", 5_000, 250 + 9 * k) for k in range(9))])
    assert all(one.p_adjusted >= one.difference.p for one in found)
    assert any(one.p_adjusted > one.difference.p for one in found)


def test_no_difference_at_all_can_never_be_told() -> None:
    """Two equal variants: no number of people is named."""
    (same,) = read_out([arm("a", 1_000, 30), arm("b", 1_000, 30)])
    assert isnan(same.more_needed)
    assert same.difference.p == pytest.approx(1)


def test_arms_in_which_nothing_varies_tell_nothing() -> None:
    """Five of five against none of five is no proof yet for who looks at any time."""
    control = Arm("x", "a", "m", Sample(5, 5, 5))
    variant = Arm("x", "b", "m", Sample(5, 0, 0))
    (found,) = read_out([control, variant])
    assert not found.is_significant
    assert found.p_anytime > 0.5
