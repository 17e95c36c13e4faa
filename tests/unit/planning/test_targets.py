"""Targets are read with all their faults, and said to be as likely as they are."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from huiliu.planning.outlook import Stand, outlook
from huiliu.planning.target import Target, parse_target

EPOCH = dt.date(1970, 1, 1)
TARGET = """\
huiliu: 1
kind: target
slug: sales
name: {en: Sales}
metric: orders
baseline: 310
goal: 400
from: 2026-10-01
until: 2026-10-31
owner: ada
because: It matters.
"""
FIRST = (dt.date(2026, 10, 1) - EPOCH).days


def target(source: str = TARGET, **changes: str) -> Target:
    """Return a target in which some lines say something else."""
    lines = [
        next((f"{k}: {said}" for k, said in changes.items() if line.startswith(f"{k}:")), line)
        for line in source.splitlines()
    ]  # fmt: skip
    found = parse_target("\n".join(lines))
    assert isinstance(found, Target), found
    return found


def steady(value: float, since: int, until: int) -> dict[int, tuple[float, float]]:
    """Return days that were all about alike."""
    return {day: (value + (1 if day % 2 else -1), value) for day in range(since, until)}


def test_every_fault_is_told_with_its_line() -> None:
    """An unknown field, metric, day, goal; a money metric without its currency."""
    source = TARGET.replace("orders", "gmv").replace("400", "300").replace("10-31", "09-31")
    found = parse_target(source.replace("owner: ada\n", "") + "colour: red\n")

    assert isinstance(found, tuple)
    told = {(one.path, one.text.key, one.line) for one in found}
    assert told == {
        ("colour", "plans.unknown_field", 11), ("currency", "plans.want_currency", 1),
        ("goal", "targets.no_progress", 7), ("until", "plans.want_day", 9),
        ("owner", "plans.want_word", 1),
    }  # fmt: skip
    assert isinstance(parse_target("- x"), tuple)
    assert isinstance(parse_target(b""), tuple)


@pytest.mark.parametrize(
    ("goal", "key"),
    [("-5%", "targets.no_progress"), ("+0%", "targets.no_progress"), ("much", "targets.no_goal"),
     ("0", "targets.no_progress"), ("true", "plans.want_number")],
)  # fmt: skip
def test_a_goal_that_is_none_is_refused(goal: str, key: str) -> None:
    """Backwards, nowhere, or no figure at all."""
    found = parse_target(TARGET.replace("goal: 400", f"goal: {goal}"))

    assert isinstance(found, tuple)
    assert key in {one.text.key for one in found}


def test_less_is_better_where_the_metric_says_so() -> None:
    """An opt-out rate is to fall; a rise of it is no goal."""
    source = TARGET.replace("orders", "opt_out_rate").replace("310", "0.02")
    assert not isinstance(parse_target(source.replace("400", "0.01")), tuple)
    assert not isinstance(parse_target(source.replace("400", "-20%")), tuple)
    assert isinstance(parse_target(source.replace("400", "0.03")), tuple)


def test_a_target_on_its_way_is_told_so() -> None:
    """Ten orders a day, ten days over: 290 in a month is likely, 400 is not."""
    days = steady(10, FIRST - 40, FIRST + 10)
    sure = outlook(target(goal="290", baseline="100"), days, FIRST + 10, FIRST - 40)
    never = outlook(target(goal="400"), days, FIRST + 10, FIRST - 40)

    assert (sure.stand, never.stand) == (Stand.ON_TRACK, Stand.OFF_TRACK)
    assert sure.probability is not None
    assert sure.probability > 0.9
    assert never.probability is not None
    assert never.probability < 0.01
    assert sure.so_far == 100
    assert sure.expected == pytest.approx(310, abs=1)
    assert sure.low is not None
    assert sure.high is not None
    assert sure.low < 310 < sure.high + 1
    assert (sure.n_over, sure.n_left, sure.n_known) == (10, 21, 42)
    assert sure.needed_daily == pytest.approx(190 / 21)


def test_few_days_are_no_history() -> None:
    """A brand that began thirteen days ago is told how many days are known, and nothing more."""
    found = outlook(target(), steady(10, FIRST - 3, FIRST + 10), FIRST + 10, FIRST - 3)

    assert (found.stand, found.probability, found.n_known) == (Stand.TOO_LITTLE, None, 13)


def test_what_is_over_was_reached_or_missed() -> None:
    """No probability any more."""
    days = steady(13, FIRST - 40, FIRST + 31)
    after = FIRST + 31
    found = outlook(target(), days, after, FIRST - 40)

    assert (found.stand, found.probability, found.n_left) == (Stand.REACHED, None, 0)
    assert outlook(target(goal="500"), days, after, FIRST - 40).stand is Stand.MISSED
    assert outlook(target(), {}, after, FIRST - 40).stand is Stand.MISSED


def test_what_was_reached_early_stays_reached() -> None:
    """Orders are only added to: nothing can take it back."""
    days = steady(50, FIRST - 40, FIRST + 10)
    found = outlook(target(), days, FIRST + 10, FIRST - 40)

    assert (found.stand, found.probability) == (Stand.ON_TRACK, 1.0)


def test_before_its_first_day_it_waits_and_is_foreseen_already() -> None:
    """So that a goal nobody believes in is seen before it is promised."""
    found = outlook(target(goal="350"), steady(10, FIRST - 60, FIRST - 5), FIRST - 5, FIRST - 60)

    assert found.stand is Stand.WAITING
    assert found.probability is not None
    assert found.probability < 0.01


def test_a_baseline_of_other_days_is_brought_to_the_same_length() -> None:
    """Ten days at ten a day are 310 in a month of 31; days without any data are no baseline."""
    source = TARGET.replace("baseline: 310", "baseline: {from: 2026-09-01, until: 2026-09-10}")
    wanted = target(source, goal="+10%")
    found = outlook(wanted, steady(10, FIRST - 40, FIRST + 1), FIRST + 1, FIRST - 40)
    unknown = outlook(wanted, steady(10, FIRST - 10, FIRST + 1), FIRST + 1, FIRST - 10)

    assert found.baseline == pytest.approx(310)
    assert found.goal == pytest.approx(341)
    assert (unknown.stand, unknown.goal) == (Stand.NO_BASELINE, None)


@pytest.mark.parametrize(("first_known", "today"), [(-31, 1), (-45, -26)])
def test_days_of_a_baseline_that_nobody_knows_are_no_zeros(first_known: int, today: int) -> None:
    """A brand that began in the middle of its baseline, and one that is in the middle of it."""
    source = TARGET.replace("baseline: 310", "baseline: {from: 2026-08-26, until: 2026-09-10}")
    days = dict.fromkeys(range(FIRST + first_known, FIRST + today), (10.0, 10.0))
    found = outlook(target(source, goal="+10%"), days, FIRST + today, FIRST + first_known)

    assert found.baseline == pytest.approx(310)


def test_a_share_is_met_where_all_tops_over_all_bottoms_reach_it() -> None:
    """Conversion of 5 % a day: 4.5 % is sure, 6 % is not; days without anybody tell nothing."""
    dice = np.random.default_rng(3)
    days = {
        day: (float(dice.binomial(1_000, 0.05)), 1_000.0)
        for day in range(FIRST - 40, FIRST + 10)
        if day % 5
    }
    source = TARGET.replace("orders", "conversion").replace("310", "0.04")
    low = outlook(target(source, goal="0.045"), days, FIRST + 10, FIRST - 40)
    high = outlook(target(source, goal="0.06"), days, FIRST + 10, FIRST - 40)

    assert low.probability is not None
    assert low.probability > 0.97
    assert high.probability is not None
    assert high.probability < 0.03
    assert low.so_far == pytest.approx(0.05, abs=0.005)
    assert low.expected == pytest.approx(0.05, abs=0.005)
    assert low.low is not None
    assert low.high is not None
    assert low.low < 0.05 < low.high
    assert low.usual_daily is None


def test_a_falling_rate_is_on_track_when_it_falls() -> None:
    """Where less is better, below the goal is good."""
    days = {day: (10.0 + day % 3, 1_000.0) for day in range(FIRST - 40, FIRST + 10)}
    source = TARGET.replace("orders", "opt_out_rate").replace("310", "0.02")

    good = outlook(target(source, goal="0.015"), days, FIRST + 10, FIRST - 40)
    bad = outlook(target(source, goal="0.005"), days, FIRST + 10, FIRST - 40)

    assert (good.stand, bad.stand) == (Stand.ON_TRACK, Stand.OFF_TRACK)


def test_people_a_day_and_people_a_month_are_no_sums() -> None:
    """A mean of days is a mean; a level is where it stands, and goes on as it went."""
    days = {day: (100.0 + day % 3, 1.0) for day in range(FIRST - 40, FIRST + 10)}
    mean = outlook(
        target(TARGET.replace("orders", "active_people").replace("310", "90"), goal="95"),
        days, FIRST + 10, FIRST - 40,
    )  # fmt: skip
    rising = {day: (1_000.0 + 5 * (day - FIRST) + day % 2, 1.0) for day in days}
    source = TARGET.replace("orders", "monthly_active").replace("310", "1000")
    level = outlook(target(source, goal="1100"), rising, FIRST + 10, FIRST - 40)

    assert mean.so_far == pytest.approx(101, abs=1)
    assert mean.expected == pytest.approx(101, abs=1)
    assert mean.stand is Stand.ON_TRACK
    assert level.so_far == pytest.approx(1_045, abs=2)
    # Five more a day for the 21 days that are left.
    assert level.expected == pytest.approx(1_150, abs=4)
    assert level.probability is not None
    assert level.probability > 0.9
