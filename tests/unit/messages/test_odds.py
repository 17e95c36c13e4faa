"""What a message is worth: rates of few sends lean on those of many, and tiredness counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.attention import Attention, Stake
from huiliu.messages.caps import SentBefore
from huiliu.messages.odds import (
    NO_ODDS,
    Cell,
    Hazard,
    Tired,
    Tries,
    fit_hazard,
    odds_of,
    tired,
)

NOW = 1_000 * DAY


def test_many_sends_speak_for_themselves_and_few_lean_on_the_level_above():
    """A journey that sold once in two sends is not believed to sell to every second person."""
    odds = odds_of(
        [
            Cell("big", "", "email", 100_000, 2_000, 100),
            Cell("small", "", "email", 2, 1, 0),
            Cell("none", "", "email", 50, 0, 0),
        ],
        {},
    )

    assert odds.convert("big", "", "email") == pytest.approx(0.02, rel=0.05)
    assert 0.02 < odds.convert("small", "", "email") < 0.1
    assert 0 < odds.convert("none", "", "email") < 0.02


def test_a_segment_in_which_messages_sell_better_is_told_apart():
    """And a journey that nobody sent there leans on the segment, not on itself elsewhere."""
    odds = odds_of(
        [
            Cell("gifts", "vip", "sms", 20_000, 2_000, 20),
            Cell("gifts", "rest", "sms", 20_000, 200, 400),
            Cell("news", "rest", "sms", 20_000, 220, 380),
        ],
        {},
    )

    assert odds.convert("gifts", "vip", "sms") > 5 * odds.convert("gifts", "rest", "sms")
    assert odds.opt_out("rest", "sms", Tired()) > 5 * odds.opt_out("vip", "sms", Tired())
    assert odds.convert("news", "vip", "sms") == odds.convert("news", "", "sms")


def test_channels_are_worlds_of_their_own():
    """What is known of e-mail says nothing about texts that were never sent."""
    odds = odds_of([Cell("a", "", "email", 1_000, 100, 1)], {})

    assert odds.convert("a", "", "email") > 0
    assert odds.convert("a", "", "sms") == 0
    assert NO_ODDS.convert("a", "", "email") == 0


def test_worth_is_gain_less_the_value_at_risk():
    """P(convert) x margin - P(opt out) x remaining value, with the journey's own margin."""
    odds = odds_of([Cell("a", "", "email", 10_000_000, 200_000, 10_000)], {})
    attention = Attention(margin=30.0, journeys={"a": Stake(margin=50.0)})

    worth = odds.worth(attention, "a", "", "email", Tired(), 400.0)

    assert worth == pytest.approx(0.02 * 50 - 0.001 * 400, rel=1e-3)


def test_who_had_much_lately_is_at_more_risk():
    """The hazard scales the segment's rate; it never passes certainty."""
    hazard = Hazard((-6.0, 0.3, 0.5, 0.4), (0, 0, 0, 0), 0.004, 1_000, 40)
    odds = odds_of([Cell("a", "", "sms", 1_000_000, 0, 4_000)], {"sms": hazard})

    fresh, worn = Tired(), Tired(3, 9, 25)
    ratio = odds.opt_out("", "sms", worn) / odds.opt_out("", "sms", fresh)

    assert ratio == pytest.approx(hazard.at(worn) / hazard.at(fresh))
    assert ratio > 4
    assert odds.opt_out("", "sms", Tired(10**6, 10**6, 10**6)) <= 1.0


def test_tiredness_counts_marketing_of_the_channel_in_a_day_a_week_and_a_month():
    """Service messages and other channels tire nobody of this one."""
    rows = [
        SentBefore(NOW - HOUR, "sms", "marketing"),
        SentBefore(NOW - 3 * DAY, "sms", "marketing"),
        SentBefore(NOW - 20 * DAY, "sms", "marketing"),
        SentBefore(NOW - 40 * DAY, "sms", "marketing"),
        SentBefore(NOW - HOUR, "email", "marketing"),
        SentBefore(NOW - HOUR, "sms", "service"),
    ]

    assert tired(rows, "sms", NOW) == Tired(1, 2, 3)


def test_a_hazard_that_was_put_in_is_found_again():
    """A million sends under a known hazard: the slopes come back within three errors."""
    chance = np.random.default_rng(11)
    truth = np.array([-6.0, 0.25, 0.45, 0.30])
    tries = []
    for day in range(3):
        for week in range(day, 8):
            for month in range(week, 20, 3):
                logs = np.array([1.0, math.log1p(day), math.log1p(week), math.log1p(month)])
                p = 1 / (1 + math.exp(-float(truth @ logs)))
                tries.append(
                    Tries(Tired(day, week, month), 10_000, int(chance.binomial(10_000, p)))
                )

    found = fit_hazard(tries)

    assert found is not None
    for one, error, true in zip(found.coefficients, found.errors, truth, strict=True):
        assert abs(one - true) < 3 * error + 0.02


def test_too_few_opt_outs_tell_no_hazard():
    """Nineteen is too few to say what tired them."""
    assert fit_hazard([Tries(Tired(), 5_000, 19)]) is None
    assert fit_hazard([]) is None
