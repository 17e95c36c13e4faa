"""Logistic regression by counts: agrees with closed forms and scipy, finds what was put in."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from huiliu.statistics.logistic import fit_logistic, logistic


def test_two_groups_have_the_log_odds_ratio_that_stands_in_textbooks():
    """Without a ridge the slope is ln(ad / bc), its error sqrt(1/a + 1/b + 1/c + 1/d)."""
    found = fit_logistic(np.array([[0.0], [1.0]]), np.array([100.0, 100.0]),
                         np.array([20.0, 50.0]), ridge=0.0)  # fmt: skip

    assert found.coefficients[0] == pytest.approx(np.log(20 / 80), abs=1e-8)
    assert found.coefficients[1] == pytest.approx(np.log((50 / 50) / (20 / 80)), abs=1e-8)
    assert found.errors[1] == pytest.approx(np.sqrt(1 / 20 + 1 / 80 + 1 / 50 + 1 / 50), abs=1e-6)


def test_it_is_where_another_climber_finds_the_greatest_likelihood():
    """The same penalised likelihood, climbed by scipy from another start."""
    chance = np.random.default_rng(5)
    rows = chance.normal(size=(40, 2))
    n = chance.integers(20, 200, 40).astype(float)
    k = chance.binomial(n.astype(int), logistic(rows @ [0.5, -0.8] - 2.0)).astype(float)

    def loss(at: np.ndarray) -> float:
        score = np.column_stack([np.ones(40), rows]) @ at
        return -float((k * score - n * np.logaddexp(0, score)).sum()) + 0.5 * float(at[1:] @ at[1:])

    found = fit_logistic(rows, n, k)
    other = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-8})

    assert found.coefficients == pytest.approx(other.x, abs=1e-5)


def test_a_cell_in_which_nothing_ever_happened_stays_finite():
    """The ridge keeps the slope from running away."""
    found = fit_logistic(np.array([[0.0], [1.0]]), np.array([500.0, 500.0]), np.array([30.0, 0.0]))

    assert np.isfinite(found.coefficients).all()
    assert found.coefficients[1] < -2


def test_nothing_but_noise_leaves_slopes_near_nothing():
    """The same share in every state."""
    rows = np.array([[float(one)] for one in range(6)])

    found = fit_logistic(rows, np.full(6, 1_000.0), np.full(6, 50.0))

    assert abs(found.coefficients[1]) < 1e-6
    assert logistic(found.coefficients[:1])[0] == pytest.approx(0.05, abs=1e-6)
