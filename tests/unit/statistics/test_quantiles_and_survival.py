"""Quantiles are the engine's, scores keep equals together, and the curve counts who still waits."""

from __future__ import annotations

import random

import duckdb
import numpy as np
import pytest

from huiliu.statistics.kaplan_meier import kaplan_meier
from huiliu.statistics.quantiles import quantile, quantile_of_counts, scores
from huiliu.statistics.shrinkage import shrink


@pytest.mark.parametrize("seed", range(5))
def test_the_quantile_is_duckdb_s_and_numpy_s(seed: int):
    """To the last bit but one, whatever the numbers."""
    dice = random.Random(seed)
    n = dice.choice([1, 2, 3, 10, 501])
    values = [dice.choice([dice.random() * 1e6, dice.randrange(5), -1.5]) for _ in range(n)]
    with duckdb.connect(":memory:") as connection:
        connection.execute("create table t (v double)")
        connection.executemany("insert into t values (?)", [[one] for one in values])
        for q in (0.0, 0.2, 1 / 3, 0.5, 0.75, 0.9, 1.0):
            rows = connection.execute(f"select quantile_cont(v, {q!r}::double) from t").fetchall()
            assert quantile(values, q) == pytest.approx(rows[0][0], rel=1e-12, abs=1e-9)
            assert quantile(values, q) == pytest.approx(np.quantile(values, q), rel=1e-12)


def test_counted_values_have_the_quantile_of_the_values_written_out():
    """A value of no one counts for nothing; of nobody there is no quantile."""
    ordered, counts = [1.0, 2.0, 5.0, 9.0], [3, 0, 4, 1]
    spelled = np.repeat(ordered, counts)
    for q in (0.1, 0.37, 0.5, 0.9):
        assert quantile_of_counts(ordered, counts, q) == pytest.approx(np.quantile(spelled, q))
    assert np.isnan(quantile([], 0.5))


def test_scores_count_the_cut_points_below():
    """A value on a cut point is below it, and equal values are equal."""
    assert scores([0, 1, 1, 2, 7], [1, 1, 2]).tolist() == [1, 1, 1, 3, 4]


def test_kaplan_meier_is_the_worked_example_by_hand():
    """Six were watched; two had not returned when watching ended."""
    found = kaplan_meier([1, 3, 3, 4, 6, 6], [True, True, False, True, True, False])
    assert found.times.tolist() == [1, 3, 4, 6]
    want = [5 / 6, 5 / 6 * 4 / 5, 5 / 6 * 4 / 5 * 2 / 3, 5 / 6 * 4 / 5 * 2 / 3 * 1 / 2]
    assert found.survival.tolist() == pytest.approx(want)
    assert (found.median, found.quantile(0.75), found.quantile(0.9)) == (4.0, 6.0, None)
    assert (found.n, found.n_events) == (6, 4)


def test_without_waiting_kaplan_meier_is_the_share_that_is_left():
    """And counts may stand for people; nobody at all has no median."""
    lengths = [1, 2, 2, 3, 5]
    found = kaplan_meier(lengths, [True] * 5)
    assert found.survival.tolist() == pytest.approx([0.8, 0.4, 0.2, 0.0])
    folded = kaplan_meier([1, 2, 3, 5], [True] * 4, [1, 2, 1, 1])
    assert folded.survival.tolist() == pytest.approx(found.survival.tolist())
    assert kaplan_meier([], []).median is None


def test_rates_are_drawn_harder_where_people_are_alike():
    """People who differ keep their own rates; chance alone lets everybody's stand."""
    dice = np.random.default_rng(1)
    n = np.full(2_000, 20.0)
    alike = dice.binomial(20, 0.3, 2_000).astype(float)
    apart = dice.binomial(20, dice.beta(0.6, 1.4, 2_000)).astype(float)
    for k, low, high in ((alike, 100, 1000), (apart, 1.5, 2.6)):
        found = shrink(
            np.array([2000.0]), np.array([n.sum()]), np.array([k.sum()]),
            np.array([(k * k / n).sum()]),
        )  # fmt: skip
        assert low <= found.strength <= high
        assert found.rates[0] == pytest.approx(0.3, abs=0.03)
