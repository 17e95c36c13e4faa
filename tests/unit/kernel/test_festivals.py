"""Festivals fall on the days that are published for them."""

from __future__ import annotations

import datetime as dt

import pytest

from huiliu.kernel import lunar
from huiliu.kernel.festivals import FESTIVALS, festival_days
from huiliu.kernel.holidays import countries, first_days, holiday_names, is_working_day
from huiliu.kernel.texts import LOCALES, catalogue

#: As the Hong Kong Observatory and the State Council publish them, 2024 to 2030.
PUBLISHED = {
    "spring_festival": (
        "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 "
        "2029-02-13 2030-02-03"
    ),
    "new_years_eve": (
        "2024-02-09 2025-01-28 2026-02-16 2027-02-05 2028-01-25 "
        "2029-02-12 2030-02-02"
    ),
    "lantern": (
        "2024-02-24 2025-02-12 2026-03-03 2027-02-20 2028-02-09 "
        "2029-02-27 2030-02-17"
    ),
    "dragon_head": (
        "2024-03-11 2025-03-01 2026-03-20 2027-03-09 2028-02-26 "
        "2029-03-16 2030-03-05"
    ),
    "qingming": (
        "2024-04-04 2025-04-04 2026-04-05 2027-04-05 2028-04-04 "
        "2029-04-04 2030-04-05"
    ),
    "dragon_boat": (
        "2024-06-10 2025-05-31 2026-06-19 2027-06-09 2028-05-28 "
        "2029-06-16 2030-06-05"
    ),
    "qixi": (
        "2024-08-10 2025-08-29 2026-08-19 2027-08-08 2028-08-26 "
        "2029-08-16 2030-08-05"
    ),
    "mid_autumn": (
        "2024-09-17 2025-10-06 2026-09-25 2027-09-15 2028-10-03 "
        "2029-09-22 2030-09-12"
    ),
    "double_ninth": (
        "2024-10-11 2025-10-29 2026-10-18 2027-10-08 2028-10-26 "
        "2029-10-16 2030-10-05"
    ),
    "winter_solstice": (
        "2024-12-21 2025-12-21 2026-12-22 2027-12-22 2028-12-21 "
        "2029-12-21 2030-12-22"
    ),
    "laba": (
        "2024-01-18 2025-01-07 2026-01-26 2027-01-15 2028-01-04 "
        "2029-01-22 2030-01-11"
    ),
    "mothers_day": (
        "2024-05-12 2025-05-11 2026-05-10 2027-05-09 2028-05-14 "
        "2029-05-13 2030-05-12"
    ),
    "fathers_day": (
        "2024-06-16 2025-06-15 2026-06-21 2027-06-20 2028-06-18 "
        "2029-06-17 2030-06-16"
    ),
    "thanksgiving": (
        "2024-11-28 2025-11-27 2026-11-26 2027-11-25 2028-11-23 "
        "2029-11-22 2030-11-28"
    ),
    "black_friday": (
        "2024-11-29 2025-11-28 2026-11-27 2027-11-26 2028-11-24 "
        "2029-11-23 2030-11-29"
    ),
}  # fmt: skip
YEARS = range(2024, 2031)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_festival_falls_on_its_published_days(name: str) -> None:
    """Seven years of every festival that moves."""
    found = [day.isoformat() for year in YEARS for day in festival_days(name, year)]

    assert found == PUBLISHED[name].split()


def test_the_lunar_calendar_agrees_with_another_source_for_decades() -> None:
    """The table and an independent library name the same days of three festivals."""
    names = {
        "Chinese New Year (Spring Festival)": "spring_festival",
        "Dragon Boat Festival": "dragon_boat", "Mid-Autumn Festival": "mid_autumn",
    }  # fmt: skip
    different = [
        (year, name)
        for year in range(2015, 2057)
        for theirs, name in names.items()
        if (first_days("CN", year)[theirs],) != festival_days(name, year)
    ]

    assert different == []


def test_each_lunar_year_ends_where_the_next_begins() -> None:
    """No day is lost or counted twice, and months have the numbers that they should."""
    for year in range(lunar.FIRST_YEAR, lunar.LAST_YEAR):
        eve = lunar.new_years_eve(year)
        assert eve is not None
        assert eve + dt.timedelta(days=1) == lunar.new_year(year + 1)
        assert (lunar.new_year(year + 1) - lunar.new_year(year)).days in {
            353,
            354,
            355,
            383,
            384,
            385,
        }


def test_a_leap_month_moves_what_follows_and_not_what_it_repeats() -> None:
    """In 2025 the sixth month comes twice; what is on its first day is on that of the first."""
    assert lunar.lunar_day(2025, 6, 1) == dt.date(2025, 6, 25)
    assert lunar.lunar_day(2025, 7, 1) == dt.date(2025, 8, 23)
    assert lunar.lunar_day(2025, 12, 30) is None


def test_the_end_of_a_lunar_year_may_come_twice_in_a_year_or_not_at_all() -> None:
    """Laba came in January and December of 2022 and passed over 2023."""
    assert [day.isoformat() for day in festival_days("laba", 2022)] == ["2022-01-10", "2022-12-30"]
    assert festival_days("laba", 2023) == ()


def test_beyond_the_years_that_are_known_there_is_no_festival() -> None:
    """Nothing is guessed."""
    assert festival_days("mid_autumn", 1900) == festival_days("mid_autumn", 2300) == ()
    assert festival_days("qingming", 1999) == festival_days("qingming", 2100) == ()
    assert lunar.new_years_eve(2101) is None


def test_every_festival_has_a_name_in_both_languages() -> None:
    """The table and the catalogues hold the same festivals."""
    for locale in LOCALES:
        keys = {key for key in catalogue(locale) if key.startswith("festivals.")}
        assert keys == {f"festivals.{name}" for name in FESTIVALS}


def test_a_holiday_begins_on_its_first_day() -> None:
    """Seven days off are one holiday; days in lieu are none."""
    found = first_days("CN", 2026)

    assert found["National Day"] == dt.date(2026, 10, 1)
    assert found["Chinese New Year (Spring Festival)"] == dt.date(2026, 2, 17)
    assert not any(name.startswith("Day off") or "observed" in name for name in found)
    assert set(found) <= holiday_names("CN")
    assert first_days("US", 2026)["Thanksgiving Day"] == dt.date(2026, 11, 26)


def test_beyond_the_data_there_are_no_holidays_and_weekdays_are_working_days() -> None:
    """An unknown country or a far year is no error."""
    assert "ZZ" not in countries()
    assert first_days("ZZ", 2026) == first_days("CN", 2500) == {}
    assert is_working_day("CN", dt.date(2500, 1, 1)) == (dt.date(2500, 1, 1).weekday() < 5)
    assert not is_working_day("ZZ", dt.date(2026, 11, 22))


def test_a_weekend_that_makes_up_for_a_holiday_is_worked() -> None:
    """People who work on a Saturday can be called on it, and not on their day in lieu."""
    assert is_working_day("CN", dt.date(2026, 2, 14))
    assert not is_working_day("CN", dt.date(2026, 2, 15))
    assert not is_working_day("CN", dt.date(2026, 10, 6))
    assert is_working_day("CN", dt.date(2026, 10, 8))
