"""Calendar windows go by the clocks of a place, whatever is done to those clocks."""

from __future__ import annotations

import datetime as dt

import pytest

from huiliu.kernel.calendar import PERIODS, is_zone, local_day, midnight, period, periods, zone_or
from huiliu.kernel.times import DAY, HOUR, as_instant, show_instant


def at(written: str) -> int:
    """Return the instant of a time that is known to be good."""
    found = as_instant(written)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("word", "since", "before", "ends"),
    [
        ("today", "2026-11-22", "2026-11-23", "2026-11-23"),
        ("yesterday", "2026-11-21", "2026-11-22", "2026-11-23"),
        ("this_week", "2026-11-16", "2026-11-23", "2026-11-23"),
        ("last_week", "2026-11-09", "2026-11-16", "2026-11-23"),
        ("this_month", "2026-11-01", "2026-12-01", "2026-12-01"),
        ("last_month", "2026-10-01", "2026-11-01", "2026-12-01"),
        ("this_quarter", "2026-10-01", "2027-01-01", "2027-01-01"),
        ("last_quarter", "2026-07-01", "2026-10-01", "2027-01-01"),
        ("this_year", "2026-01-01", "2027-01-01", "2027-01-01"),
        ("last_year", "2025-01-01", "2026-01-01", "2027-01-01"),
    ],
)
def test_each_word_has_its_window(word: str, since: str, before: str, ends: str):
    """On Sunday 22 November 2026 at noon in Shanghai; weeks begin on Monday."""
    found = period(word, at("2026-11-22T04:00:00Z"), "Asia/Shanghai")

    assert found == tuple(as_instant(day, "Asia/Shanghai") for day in (since, before, ends))


@pytest.mark.parametrize(
    ("now", "zone", "hours"),
    [
        ("2026-03-29T10:00:00Z", "Europe/Paris", 23),
        ("2026-10-25T10:00:00Z", "Europe/Paris", 25),
        ("2026-04-05T00:00:00Z", "Australia/Lord_Howe", 24.5),
        ("2026-11-22T04:00:00Z", "Asia/Shanghai", 24),
    ],
)
def test_a_day_in_which_clocks_change_is_longer_or_shorter(now: str, zone: str, hours: float):
    """Its edges are the local midnights."""
    found = period("today", at(now), zone)

    assert found.before - found.since == hours * HOUR


def test_a_midnight_that_is_left_out_is_the_end_of_the_gap():
    """In Cairo clocks go from midnight to one o'clock on the last Friday of April."""
    assert show_instant(midnight(dt.date(2026, 4, 24), "Africa/Cairo")) == "2026-04-23T22:00:00Z"
    day = period("today", at("2026-04-24T12:00:00Z"), "Africa/Cairo")
    assert day.before - day.since == 23 * HOUR


def test_a_midnight_that_comes_twice_is_the_first():
    """In Havana clocks go back from one o'clock to midnight on the first Sunday of November."""
    first, second = at("2026-11-01T04:00:00Z"), at("2026-11-01T05:00:00Z")

    assert midnight(dt.date(2026, 11, 1), "America/Havana") == first
    assert local_day(second, "America/Havana") == dt.date(2026, 11, 1)
    assert local_day(first - 1, "America/Havana") == dt.date(2026, 10, 31)


@pytest.mark.parametrize("word", PERIODS)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Havana", "Pacific/Kiritimati"])
def test_windows_follow_each_other_without_gap_over_three_years(word: str, zone: str):
    """Where one window ends the next begins, and none reaches further back than it says."""
    now = at("2025-12-31T00:00:00Z")
    while now < at("2028-03-02T00:00:00Z"):
        found = period(word, now, zone)
        assert found.since < found.before <= found.ends
        assert now < found.ends
        assert now - found.since < PERIODS[word] * DAY
        following = period(word, found.ends, zone)
        assert following.since == found.before
        assert period(word, found.ends - 1, zone) == found
        now = found.ends


def test_all_zones_are_told_as_each_by_itself():
    """What was found a moment ago is used where it still stands, and only there."""
    for now in (at("2026-11-22T15:59:59.999999Z"), at("2026-11-22T16:00:00Z"),
                at("2026-11-22T16:14:00Z")):  # fmt: skip
        found = periods("today", now)
        assert len(found) > 500
        assert all(one == period("today", now, zone) for zone, one in found.items())


def test_a_zone_is_known_by_its_very_name():
    """Case counts, and what only looks like a zone is none."""
    assert is_zone("Asia/Shanghai")
    assert not any(map(is_zone, ("asia/shanghai", "Shanghai", "", None, 8, "localtime")))
    assert zone_or("Europe/Paris", "UTC") == "Europe/Paris"
    assert zone_or("nowhere", "UTC") == zone_or(None, "UTC") == "UTC"
