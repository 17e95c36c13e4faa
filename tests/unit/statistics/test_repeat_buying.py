"""Models of repeat buying find what made the data, and refuse fits that say nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from huiliu.statistics.bg_nbd import BgNbd, fit_bg_nbd
from huiliu.statistics.gamma_gamma import fit_gamma_gamma, spend_correlation
from huiliu.statistics.histories import Floats, Histories, thinned
from huiliu.statistics.nbd import fit_nbd
from huiliu.statistics.pareto_nbd import ParetoNbd, fit_pareto_nbd
from huiliu.statistics.repeat_buying import discounted_purchases, fit_repeat_buying
from huiliu.statistics.shifted_beta_geometric import fit_shifted_beta_geometric


def drawn(seed: int, n: int, r: float, alpha: float, *, a: float = 0.0, b: float = 1.0,
          s: float = 0.0, beta: float = 1.0) -> Histories:  # fmt: skip
    """Draw histories of people who stop after purchases (a, b), with time (s, beta), or never."""
    dice = np.random.default_rng(seed)
    age = dice.uniform(20, 60, n)
    rate = dice.gamma(r, 1 / alpha, n)
    p = dice.beta(a, b, n) if a else np.zeros(n)
    death = dice.exponential(1 / dice.gamma(s, 1 / beta, n)) if s else np.full(n, np.inf)
    x, last, now = np.zeros(n), np.zeros(n), np.zeros(n)
    alive = np.ones(n, bool)
    for _ in range(2_000):
        now = now + dice.exponential(1 / np.maximum(rate, 1e-12))
        bought = alive & (now <= np.minimum(age, death))
        if not bought.any():
            break
        x[bought] += 1
        last[bought] = now[bought]
        alive = bought & (dice.random(n) >= p)
    return Histories.of(x, last, age)


def test_bg_nbd_finds_the_parameters_that_made_the_data():
    """Within what twenty thousand people can tell."""
    found = fit_bg_nbd(drawn(1, 20_000, 0.6, 5.0, a=0.9, b=2.5))

    assert not found.is_degenerate
    assert (found.r, found.alpha) == pytest.approx((0.6, 5.0), rel=0.05)
    assert found.stops == pytest.approx(0.9 / 3.4, rel=0.1)


def test_pareto_nbd_finds_the_parameters_that_made_the_data():
    """Within what a sample of them can tell."""
    found = fit_pareto_nbd(drawn(2, 3_000, 0.8, 6.0, s=0.7, beta=12.0))

    assert not found.is_degenerate
    assert (found.r, found.alpha) == pytest.approx((0.8, 6.0), rel=0.15)
    assert found.stops == pytest.approx(1 - (1 + found.watched / 12.0) ** -0.7, rel=0.15)


def test_bg_nbd_s_expectation_is_what_happens_to_people_like_these():
    """The integral agrees with the closed form of the paper, and with its worked example."""
    paper = BgNbd(0.243, 4.414, 0.793, 2.426, 0.0)
    one = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert paper.expected_purchases(*one, 39.0)[0] == pytest.approx(1.226, abs=5e-4)

    from scipy.special import hyp2f1

    model = BgNbd(0.6, 5.0, 1.7, 2.5, 0.0)
    x, age, span = np.array([0.0, 1.0, 7.0]), np.array([3.0, 20.0, 50.0]), 26.0
    whole = model.alpha + age + span
    closed = (model.a + model.b + x - 1) / (model.a - 1) * (
        1 - ((model.alpha + age) / whole) ** (model.r + x)
        * hyp2f1(model.r + x, model.b + x, model.a + model.b + x - 1, span / whole)
    )  # fmt: skip
    assert model.purchases_of_the_living(x, age, np.array([span]))[:, 0] == pytest.approx(closed)


def test_pareto_nbd_s_chance_to_be_alive_is_bayes_rule():
    """By numerical integration over both rates."""
    model = ParetoNbd(1.8, 6.0, 2.5, 12.0, 0.0, 40.0)
    x, last, age = 3.0, 10.0, 30.0
    rate, stop = np.meshgrid(np.linspace(1e-5, 6, 3000), np.linspace(1e-5, 3, 3000))
    prior = rate ** (model.r - 1) * np.exp(-model.alpha * rate)
    prior = prior * stop ** (model.s - 1) * np.exp(-model.beta * stop)
    living = prior * rate**x * np.exp(-(rate + stop) * age)
    # Gone at some time after the last purchase and before now.
    gone = prior * rate**x * stop / (rate + stop)
    gone = gone * (np.exp(-(rate + stop) * last) - np.exp(-(rate + stop) * age))
    want = living.sum() / (living.sum() + gone.sum())

    found = model.p_alive(np.array([x]), np.array([last]), np.array([age]))
    assert found[0] == pytest.approx(want, abs=2e-3)


def test_the_first_model_that_can_be_believed_is_taken():
    """BG/NBD where people stop; where they never do, silence is all that can be judged by."""
    stopping = fit_repeat_buying(drawn(3, 5_000, 0.6, 5.0, a=0.9, b=2.5))
    assert (stopping.name, stopping.refused) == ("bg-nbd", {})

    never = drawn(4, 4_000, 1.2, 8.0)
    found = fit_repeat_buying(never)
    assert found.name == "nbd"
    assert set(found.refused) == {"bg-nbd", "pareto-nbd"}
    assert found.model is not None
    alive = found.model.p_alive(never.x, never.recency, never.age)
    assert alive.min() < 0.2
    assert np.average(alive, weights=never.n) < 0.9


@pytest.mark.parametrize(
    "histories",
    [
        Histories.of([], [], []),
        Histories.of([0], [0], [0]),
        Histories.of([0] * 1000, [0] * 1000, range(1000)),
        Histories.of([5] * 200, [10] * 200, [10] * 200),
        Histories.of([3] * 500, [7] * 500, [21] * 500),
        Histories.of([1e6] * 100 + [0] * 100, [1e5] * 100 + [0] * 100, [1e5] * 200),
        Histories.of(range(100), [0] * 100, [0] * 100),
        Histories.of([1, 2, np.nan, -1] * 30, [1, 5, 1, 1] * 30, [9, 2, 1, 1] * 30),
    ],
)
def test_strange_histories_end_in_a_model_or_in_none(histories: Histories):
    """Nothing hangs, nothing warns, and no chance lies outside 0 and 1 or is certain of all."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit_repeat_buying(histories)
        if found.model is None:
            assert found.name == "none"
            return
        alive = found.model.p_alive(histories.x, histories.recency, histories.age)
        ahead = discounted_purchases(found.model, histories.x, histories.age, 4.0, 12, 0.01)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.isfinite(ahead) & (ahead >= 0)).all()


def test_equal_histories_are_one_with_a_count():
    """And a thinned set has as many people as the whole, evenly spread."""
    found = Histories.of([1, 0, 1], [2, 0, 2], [3, 3, 3], [5, 1, 1])
    assert (found.x.tolist(), found.n.tolist()) == ([0, 1], [1, 6])
    many = drawn(5, 20_000, 0.6, 5.0, a=0.9, b=2.5)
    some = thinned(many, 500)
    assert len(some.x) <= 500
    assert some.n.sum() == pytest.approx(many.n.sum())
    assert some.n @ some.x == pytest.approx(many.n @ many.x, rel=0.1)


def test_discounting_counts_a_purchase_at_the_end_of_its_month():
    """Without a discount it is the expectation over the whole span."""
    model = fit_nbd(drawn(6, 2_000, 1.0, 8.0))
    x, age = np.array([0.0, 3.0]), np.array([20.0, 40.0])
    whole = model.purchases_of_the_living(x, age, np.array([48.0]))[:, 0]
    assert discounted_purchases(model, x, age, 4.0, 12, 0.0) == pytest.approx(whole)
    want = sum(whole / 12 / 1.01**month for month in range(1, 13))
    assert discounted_purchases(model, x, age, 4.0, 12, 0.01) == pytest.approx(want)


def spends(seed: int, n: int, p: float, q: float, gamma: float) -> tuple[Floats, Floats]:
    """Draw mean values of purchases."""
    dice = np.random.default_rng(seed)
    x = dice.integers(1, 9, n).astype(np.float64)
    return x, dice.gamma(p * x, 1 / dice.gamma(q, 1 / gamma, n)) / x


def test_gamma_gamma_finds_the_parameters_that_made_the_data():
    """And expects of people something between their own mean and that of all."""
    x, value = spends(1, 20_000, 6.0, 4.0, 15.0)
    found = fit_gamma_gamma(x, value)

    assert not found.is_degenerate
    assert (found.p, found.q, found.gamma) == pytest.approx((6.0, 4.0, 15.0), rel=0.1)
    assert found.mean == pytest.approx(30.0, rel=0.05)
    expected = found.expected(np.array([0.0, 5.0]), np.array([0.0, 100.0]))
    assert expected[0] == found.mean
    assert found.mean < expected[1] < 100.0


def test_spend_that_does_not_vary_is_refused():
    """As is a correlation where nothing varies."""
    assert fit_gamma_gamma(np.full(100, 3.0), np.full(100, 9.9)).is_degenerate
    assert spend_correlation(np.full(5, 2.0), np.arange(5.0)) == 0.0
    assert spend_correlation(np.arange(5.0), np.arange(5.0)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("left", "alpha", "beta", "value"),
    [
        ((1000, 631, 468, 382, 326, 289, 262, 241), 0.70408, 1.18204, -1680.2652),
        ((1000, 869, 743, 653, 593, 551, 517, 491), 0.66809, 3.80610, -1611.1581),
    ],
)
def test_subscriptions_have_the_parameters_of_the_paper(
    left: tuple[int, ...], alpha: float, beta: float, value: float
):
    """Fader and Hardie 2007, both cohorts."""
    found = fit_shifted_beta_geometric(left)
    assert (found.alpha, found.beta) == pytest.approx((alpha, beta), abs=1e-5)
    assert found.log_likelihood == pytest.approx(value, abs=1e-4)
    assert found.survival(np.array([0.0]))[0] == 1.0
    assert found.survival(np.array([7.0]))[0] == pytest.approx(left[7] / 1000, abs=0.02)
