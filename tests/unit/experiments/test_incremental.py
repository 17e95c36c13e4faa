"""The effect of a treatment: right on average, with intervals that hold, whatever the shares."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from huiliu.experiments.incremental import (
    Stratum,
    add_up,
    compare_arms,
    people_needed,
    ratio_p,
    strata_of,
)
from huiliu.statistics.cuped import Paired


def paired(y: np.ndarray, x: np.ndarray) -> Paired:
    """Return the sums of people."""
    return Paired(
        float(len(y)), float(y.sum()), float((y * y).sum()), float(x.sum()),
        float((x * x).sum()), float((x * y).sum()),
    )  # fmt: skip


def drawn(dice: np.random.Generator, n: int, share: float, effect: float, level: float) -> Stratum:
    """Return people who spend by habit, and of whom the treated spend so much more."""
    habit = dice.gamma(1.0, level, n)
    held = dice.random(n) < share
    spent = habit * dice.uniform(0.5, 1.5, n) + np.where(held, 0.0, effect)
    return Stratum(share, paired(spent[~held], habit[~held]), paired(spent[held], habit[held]))


def test_the_effect_is_found_and_the_past_takes_noise_out() -> None:
    """With 20,000 people and 10 % held out, the truth lies in an interval that leaves 0 out."""
    dice = np.random.default_rng(5)
    one = drawn(dice, 20_000, 0.1, 3.0, 20.0)
    found = compare_arms([one])
    assert found.low < 3.0 < found.high
    assert found.is_told
    assert found.total == pytest.approx(found.difference * one.treated.n)
    blind = compare_arms([_blind(one)])
    assert found.error < blind.error * 0.7


def _blind(one: Stratum) -> Stratum:
    """Return people of whose past nothing is known."""
    treated, held = one.treated, one.held
    return Stratum(
        one.share,
        Paired(treated.n, treated.total, treated.squares, 0.0, 0.0, 0.0),
        Paired(held.n, held.total, held.squares, 0.0, 0.0, 0.0),
    )


def test_a_share_that_was_changed_does_not_fake_an_effect() -> None:
    """Late people had less time: put in one pot with other shares they would look untreated."""
    dice = np.random.default_rng(6)
    early = _blind(drawn(dice, 30_000, 0.05, 0.0, 40.0))
    late = _blind(drawn(dice, 30_000, 0.4, 0.0, 4.0))
    found = compare_arms([early, late])
    assert found.low < 0 < found.high
    treated, held = add_up([early, late])
    pooled = compare_arms([Stratum(0.2, treated, held)])
    assert not pooled.low < 0 < pooled.high


def test_the_interval_holds_in_many_worlds_without_an_effect() -> None:
    """Of 300 worlds in which nothing works, far fewer than 5 % are told otherwise."""
    dice = np.random.default_rng(7)
    told = sum(compare_arms([drawn(dice, 3_000, 0.1, 0.0, 20.0)]).is_told for _ in range(300))
    assert told <= 9


def test_nobody_held_out_tells_nothing() -> None:
    """Without one of the arms there is no difference."""
    one = drawn(np.random.default_rng(8), 100, 0.0, 1.0, 2.0)
    assert isnan(compare_arms([one]).difference)
    assert not compare_arms([one]).is_told


def test_arms_are_held_against_the_shares_they_were_drawn_at() -> None:
    """90 and 10 people are as drawn at 10 %, and not at 50 %."""
    nine, one = paired(np.ones(900), np.ones(900)), paired(np.ones(100), np.ones(100))
    assert ratio_p([Stratum(0.1, nine, one)]) == pytest.approx(1.0)
    assert ratio_p([Stratum(0.5, nine, one)]) < 1e-9
    assert ratio_p([Stratum(0.1, nine, one), Stratum(0.5, nine, one)]) < 1e-9
    assert ratio_p([]) == 1.0


def test_strata_are_read_from_the_names_of_arms() -> None:
    """The share stands behind the arm in millionths."""
    arms = {
        "held 50000": paired(np.ones(5), np.ones(5)),
        "treated 50000": paired(np.ones(95), np.ones(95)),
        "treated 200000": paired(np.ones(8), np.ones(8)),
    }
    assert [(one.share, one.treated.n, one.held.n) for one in strata_of(arms)] == [
        (0.05, 95, 5), (0.2, 8, 0),
    ]  # fmt: skip


def test_people_needed_is_what_the_rate_so_far_asks_for() -> None:
    """10 buyers of 200 people: 20 more take 400."""
    assert people_needed(10, 200) == 400
    assert people_needed(0, 200) == 0
    assert people_needed(40, 200) == 0
