"""Breakage: what is known of spent points, and how sure that is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huiliu.rewards.liability import Earned, Forecast, Open, Used, deferred, forecast


def _even(n_groups: int, spent: float) -> tuple[list[Earned], list[Used]]:
    """Return people who all spend the same share of 100 points in their first span."""
    earned = [Earned(group, 2, 100.0) for group in range(n_groups)]
    used = [Used(group, 2, 0, is_spent=True, amount=100 * spent) for group in range(n_groups)]
    return earned, used


def test_points_that_live_one_more_span_are_spent_like_those_before() -> None:
    """A fresh point that ends within a span is spent as the first span says."""
    earned, used = _even(16, 0.4)

    found = forecast(earned, used, [Open(0, 1, 500.0)])

    assert found.rate == pytest.approx(0.4)
    assert found.breakage == pytest.approx(0.6)
    assert found.points == 500


def test_what_is_left_after_a_span_goes_on_through_the_next() -> None:
    """Shares of later ages are of what is left, not of what was earned."""
    earned = [Earned(group, 2, 100.0) for group in range(16)]
    used = [
        Used(group, 2, age, is_spent=True, amount=amount)
        for group in range(16)
        for age, amount in ((0, 50.0), (1, 25.0))
    ]

    found = forecast(earned, used, [Open(0, 2, 100.0)])

    assert found.rate == pytest.approx(0.75)
    assert forecast(earned, used, [Open(1, 1, 100.0)]).rate == pytest.approx(0.5)


def test_points_that_ended_or_were_taken_back_are_not_spent() -> None:
    """What was lost leaves without counting as spent."""
    earned = [Earned(group, 1, 100.0) for group in range(16)]
    used = [Used(group, 1, 0, is_spent=False, amount=90.0) for group in range(16)]

    assert forecast(earned, used, [Open(0, 1, 10.0)]).rate == 0


def test_a_span_that_is_not_over_says_nothing() -> None:
    """Lots that were earned today would make spending look rare."""
    earned, used = _even(16, 0.4)
    fresh = [Earned(group, 0, 10_000.0) for group in range(16)]

    assert forecast([*earned, *fresh], used, [Open(0, 1, 1.0)]).rate == pytest.approx(0.4)


def test_without_history_no_breakage_is_counted_on() -> None:
    """A young programme owes everything, and says that it does not know."""
    earned, used = _even(3, 0.4)

    assert forecast(earned, used, [Open(0, 1, 7.0)]) == Forecast(7.0, 1.0, None, None, 2, 3)
    assert forecast([], [], []).rate == 1.0


def test_people_who_differ_make_a_wide_interval_and_people_who_do_not_none() -> None:
    """The interval is about people, however many points each of them has."""
    earned, used = _even(16, 0.5)
    alike = forecast(earned, used, [Open(0, 1, 1.0)])
    apart = forecast(
        earned,
        [Used(group, 2, 0, is_spent=True, amount=100.0) for group in range(8)],
        [Open(0, 1, 1.0)],
    )

    assert alike.low == pytest.approx(0.5)
    assert alike.high == pytest.approx(0.5)
    assert apart.rate == pytest.approx(0.5)
    assert apart.low is not None
    assert apart.low < 0.3
    # The standard error of a mean of 16 that are 0 or 1, half each: sqrt(0.25 / 15).
    assert 0.5 - apart.low == pytest.approx(2.1314 * (0.25 / 15) ** 0.5, rel=1e-3)


def test_a_price_is_shared_between_goods_and_points() -> None:
    """IFRS 15: 2,000 for goods with 2,000 points of 0.10 that are spent at 85 %."""
    found = deferred(Decimal(2000), Decimal(2000), Decimal("0.1"), Decimal("0.85"))

    assert round(found, 2) == Decimal("156.68")
