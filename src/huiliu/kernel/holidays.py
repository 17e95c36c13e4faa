"""Statutory holidays and working days of countries, guarded beyond what is known of them.

China announces each year's days in lieu late in the year before: until then a year has its
holidays, and weekends are days off.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

import holidays

__all__ = ["countries", "first_days", "holiday_names", "is_holiday", "is_working_day"]

_LANGUAGES: Final = ("en_US", "en_GB")
#: What stands behind the name of a day that is off because the holiday fell on a weekend.
_REMARK: Final = re.compile(r" \((?:observed|estimated|in lieu|substituted)[^()]*\)$")
_SATURDAY: Final = 5
#: Days off that are no holiday of their own.
_IN_LIEU: Final = "Day off"


@cache
def countries() -> frozenset[str]:
    """Return the two-letter codes of the countries whose holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=512)
def _days_off(country: str, year: int) -> holidays.HolidayBase | None:
    """Return the days off of a year; None where nothing is known of it."""
    if country not in countries():
        return None
    known = holidays.country_holidays(country)
    if not known.start_year <= year <= known.end_year:
        return None
    language = next((each for each in _LANGUAGES if each in known.supported_languages), None)
    return holidays.country_holidays(country, years=year, language=language)


@lru_cache(maxsize=512)
def first_days(country: str, year: int) -> Mapping[str, dt.date]:
    """Return the name of each holiday of a year -> its first day, in order."""
    found: dict[str, dt.date] = {}
    days_off = _days_off(country, year)
    for day in sorted(days_off or ()):
        assert days_off is not None
        for written in days_off.get_list(day):
            name = _REMARK.sub("", written)
            if day.year == year and not name.startswith(_IN_LIEU):
                found.setdefault(name, day)
    return MappingProxyType(found)


@cache
def holiday_names(country: str) -> frozenset[str]:
    """Return the English names of a country's holidays in these years."""
    return frozenset(name for year in range(2020, 2036) for name in first_days(country, year))


@lru_cache(maxsize=16_384)
def is_working_day(country: str, day: dt.date) -> bool:
    """Say whether people work on a day: no weekend, no holiday, or a weekend that makes up for one.

    Where nothing is known of the year, Monday to Friday are working days.
    """
    days_off = _days_off(country, day.year)
    if days_off is None:
        return day.weekday() < _SATURDAY
    return bool(days_off.is_working_day(day))


@lru_cache(maxsize=16_384)
def is_holiday(country: str, day: dt.date) -> bool:
    """Say whether a day is a public holiday; False where nothing is known of the year."""
    days_off = _days_off(country, day.year)
    return days_off is not None and day in days_off
