"""The channel guard on worlds whose truth is known. All of it is seeded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from huiliu.governance.channel_guard import Day, Mode, Verdict, judge

BEGIN = 60
DAYS = 100


def world(
    seed: int, *, channels: int = 6, falling: tuple[str, ...] = (), by: float = 1.0,
    visits: int = 8_000,
) -> list[Day]:  # fmt: skip
    """Return channels with weekdays, a shared drift and overdispersed days; some fall on BEGIN."""
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.uniform(np.log(0.02), np.log(0.08), channels))
    week = 1 + rng.normal(0, 0.05, 7)
    found = []
    for day in range(DAYS):
        shared = week[day % 7] * np.exp(rng.normal(0, 0.02))
        for at in range(channels):
            name = f"c{at}"
            rate = rates[at] * shared * (by if name in falling and day >= BEGIN else 1.0)
            # Days of one channel vary about twice as much as counting alone would make them.
            likely = rng.beta(rate * visits, (1 - rate) * visits)
            found.append(Day(day, name, visits, int(rng.binomial(visits, likely))))
    return found


def days_of(found: list[tuple[Day, Verdict]], verdict: Verdict) -> set[tuple[int, str]]:
    """Return which channel had this verdict on which day."""
    return {(day.day, day.channel) for day, said in found if said is verdict}


@pytest.mark.parametrize("seed", range(4))
def test_the_sentence_as_it_stands_fires_on_healthy_days(seed: int) -> None:
    """Literal mode is what the operator asked for, noise included; statistical mode keeps still."""
    days = world(seed)
    assert len(days_of(judge(days, Mode.LITERAL), Verdict.PAUSE)) > 50
    quiet = judge(days, Mode.STATISTICAL)
    assert not days_of(quiet, Verdict.PAUSE)
    assert not days_of(quiet, Verdict.COMMON)


@pytest.mark.parametrize("seed", range(4))
def test_a_channel_that_falls_alone_is_paused_and_no_other(seed: int) -> None:
    """By three tenths: within eight days, and never before it fell."""
    found = judge(world(seed, falling=("c2",), by=0.7), Mode.STATISTICAL)
    paused = days_of(found, Verdict.PAUSE)
    assert {name for _, name in paused} == {"c2"}
    assert BEGIN <= min(day for day, _ in paused) <= BEGIN + 8
    assert not days_of(found, Verdict.COMMON)


def sticky_world(seed: int, *, sticks: float, scatter: float, days: int = 70) -> list[Day]:
    """Return five quiet channels whose days vary more than counting, and hang together."""
    rng = np.random.default_rng(seed)
    found = []
    sizes = ((20_000, 0.03), (8_000, 0.05), (5_000, 0.02), (30_000, 0.08), (2_000, 0.1))
    for at, (visits, rate) in enumerate(sizes):
        off, sd = 0.0, np.sqrt((scatter - 1) * rate * (1 - rate) / visits)
        for day in range(days):
            off = sticks * off + np.sqrt(1 - sticks**2) * rng.normal()
            likely = min(max(rate + sd * off, 1e-6), 1.0)
            found.append(Day(day, f"c{at}", visits, int(rng.binomial(visits, likely))))
    return found


@pytest.mark.parametrize(("sticks", "scatter"), [(0.5, 5.0), (0.7, 20.0)])
def test_quiet_channels_whose_days_hang_together_are_seldom_paused(
    sticks: float, scatter: float
) -> None:
    """In at most four of ten worlds of a year of channel-days; taken as independent, in most."""
    worlds = [sticky_world(seed, sticks=sticks, scatter=scatter) for seed in range(10)]
    paused = [days_of(judge(days, Mode.STATISTICAL), Verdict.PAUSE) for days in worlds]
    assert sum(bool(one) for one in paused) <= 4


@pytest.mark.parametrize("seed", range(4))
def test_a_fall_that_lasts_does_not_become_one_of_all(seed: int) -> None:
    """Beside a great channel that stays low the small ones do not come to look too good, then bad.

    Of three, one falls by a fifth for weeks: no day of it is called a fall of all.
    """
    days = world(seed, channels=3, falling=("c0",), by=0.8, visits=40_000)
    found = judge(days, Mode.STATISTICAL)
    assert not [day for day, _ in days_of(found, Verdict.COMMON) if day >= BEGIN]
    paused = days_of(found, Verdict.PAUSE)
    assert {name for _, name in paused} == {"c0"}
    assert len(paused) > 20


@pytest.mark.parametrize("seed", range(4))
def test_where_all_fall_together_nothing_is_paused(seed: int) -> None:
    """A fall of all channels is measurement or demand: common, from the first days on."""
    days = world(seed, falling=tuple(f"c{at}" for at in range(6)), by=0.6)
    found = judge(days, Mode.STATISTICAL)
    assert not days_of(found, Verdict.PAUSE)
    assert (BEGIN + 1, "c0") in days_of(found, Verdict.COMMON)


@pytest.mark.parametrize("dip", [0.9, 0.7, 0.5])
def test_a_weekday_that_is_always_low_is_no_fall(dip: float) -> None:
    """What every seventh day does to all channels is known before anything is said of all."""
    rng = np.random.default_rng(1)
    days = [
        Day(day, f"c{at}", 20_000, int(rng.binomial(20_000, 0.03 * (dip if day % 7 == 6 else 1))))
        for day in range(90)
        for at in range(4)
    ]
    found = judge(days, Mode.STATISTICAL)
    assert not days_of(found, Verdict.COMMON)
    assert not days_of(found, Verdict.PAUSE)
    # And on such a day a fall of all is still seen.
    worse = [
        replace(one, conversions=one.conversions * (0.6 if one.day >= 69 else 1)) for one in days
    ]
    assert (69, "c0") in days_of(judge(worse, Mode.STATISTICAL), Verdict.COMMON)


def test_two_channels_that_both_fall_are_a_common_fall() -> None:
    """With two channels each alone could be at fault; both at once are not."""
    found = judge(world(1, channels=2, falling=("c0", "c1"), by=0.5), Mode.STATISTICAL)
    assert not days_of(found, Verdict.PAUSE)
    assert days_of(found, Verdict.COMMON)


def test_a_lonely_channel_is_judged_by_itself() -> None:
    """One channel knows no common fall."""
    found = judge(world(2, channels=1, falling=("c0",), by=0.5), Mode.STATISTICAL)
    assert days_of(found, Verdict.PAUSE)
    assert not days_of(found, Verdict.COMMON)


def test_a_few_visits_are_never_enough_for_a_pause() -> None:
    """Where fewer than thirty conversions were to be expected nothing is paused."""
    days = world(3, falling=("c1",), by=0.3, visits=12)
    assert not days_of(judge(days, Mode.STATISTICAL), Verdict.PAUSE)


def test_the_order_of_rows_and_later_days_change_no_verdict() -> None:
    """A day knows no later one."""
    days = world(4, falling=("c3",), by=0.7)
    whole = judge(days, Mode.STATISTICAL)
    assert judge(days[::-1], Mode.STATISTICAL) == whole
    early = [one for one in days if one.day < 80]
    assert judge(early, Mode.STATISTICAL) == whole[: len(early)]


def test_days_without_visits_or_conversions_break_nothing() -> None:
    """Empty days and channels that never sell are ok."""
    days = [Day(day, name, n, 0) for day in range(50) for name, n in (("a", 0), ("b", 100))]
    for mode in Mode:
        assert {said for _, said in judge(days, mode)} == {Verdict.OK}


@pytest.mark.parametrize("seed", range(3))
def test_a_channel_that_ends_altogether_is_paused_the_same_day(seed: int) -> None:
    """Nothing at all is the surest fall of all, not the one that the least is known of."""
    days = [
        Day(one.day, one.channel, one.n, 0) if one.channel == "c1" and one.day >= BEGIN else one
        for one in world(seed)
    ]
    paused = days_of(judge(days, Mode.STATISTICAL), Verdict.PAUSE)
    assert {name for _, name in paused} == {"c1"}
    assert min(day for day, _ in paused) == BEGIN
