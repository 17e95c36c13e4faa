"""Festivals that shops greet for: name -> the day of any year, lunar, solar or by weekday.

Their names in words are the texts `festivals.<name>`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from huiliu.kernel import lunar

__all__ = ["FESTIVALS", "festival_days"]

#: The year -> its days of the festival: none where they are not known. Mostly one; what ends the
#: lunar year may come in January and again in December, and then not in the year after.
Rule: TypeAlias = Callable[[int], tuple[dt.date, ...]]

#: Festivals that follow the sun are computed by a rule for these years.
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2099


def _lunar(month: int, day: int) -> Rule:
    """Return the rule of a lunar date."""

    def found(year: int) -> tuple[dt.date, ...]:
        days = (lunar.lunar_day(lunar_year, month, day) for lunar_year in (year - 1, year))
        return tuple(at for at in days if at is not None and at.year == year)

    return found


def _eve(year: int) -> tuple[dt.date, ...]:
    """Return the last day of the lunar year that ends in a year."""
    found = lunar.new_years_eve(year - 1)
    return () if found is None else (found,)


def _term(twentieth: float, month: int, but: Mapping[int, int] = MappingProxyType({})) -> Rule:
    """Return the rule of a solar term, by the usual approximation for this century.

    Args:
        twentieth: the term's constant.
        month: the term's month.
        but: year -> how many days the approximation is off.
    """

    def found(year: int) -> tuple[dt.date, ...]:
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            return ()
        since = year - _FIRST_YEAR
        day = int(since * 0.2422 + twentieth) - since // 4
        return (dt.date(year, month, day + but.get(year, 0)),)

    return found


def _fixed(month: int, day: int) -> Rule:
    """Return the rule of a day that is the same every year."""
    return lambda year: (dt.date(year, month, day),)


def _weekday(month: int, weekday: int, nth: int, later: int = 0) -> Rule:
    """Return the rule of the nth weekday of a month, and so many days later."""

    def found(year: int) -> tuple[dt.date, ...]:
        first = dt.date(year, month, 1)
        ahead = (weekday - first.weekday()) % 7 + 7 * (nth - 1) + later
        return (first + dt.timedelta(days=ahead),)

    return found


_THURSDAY, _SUNDAY = 3, 6

#: Name -> rule, by their order in the lunar and then the solar year.
FESTIVALS: Final[Mapping[str, Rule]] = MappingProxyType({
    "spring_festival": _lunar(1, 1),
    "lantern": _lunar(1, 15),
    "dragon_head": _lunar(2, 2),
    "dragon_boat": _lunar(5, 5),
    "qixi": _lunar(7, 7),
    "mid_autumn": _lunar(8, 15),
    "double_ninth": _lunar(9, 9),
    "laba": _lunar(12, 8),
    "little_new_year_north": _lunar(12, 23),
    "little_new_year_south": _lunar(12, 24),
    "new_years_eve": _eve,
    "qingming": _term(4.81, 4),
    "winter_solstice": _term(21.94, 12, {2021: -1}),
    "new_year": _fixed(1, 1),
    "valentines_day": _fixed(2, 14),
    "womens_day": _fixed(3, 8),
    "labour_day": _fixed(5, 1),
    "mothers_day": _weekday(5, _SUNDAY, 2),
    "childrens_day": _fixed(6, 1),
    "fathers_day": _weekday(6, _SUNDAY, 3),
    "six_eighteen": _fixed(6, 18),
    "teachers_day": _fixed(9, 10),
    "national_day": _fixed(10, 1),
    "halloween": _fixed(10, 31),
    "double_eleven": _fixed(11, 11),
    "thanksgiving": _weekday(11, _THURSDAY, 4),
    "black_friday": _weekday(11, _THURSDAY, 4, later=1),
    "double_twelve": _fixed(12, 12),
    "christmas_eve": _fixed(12, 24),
    "christmas": _fixed(12, 25),
})  # fmt: skip


@lru_cache(maxsize=4096)
def festival_days(name: str, year: int) -> tuple[dt.date, ...]:
    """Return the days of a festival in a year, in order; none where they are not known."""
    return FESTIVALS[name](year)
