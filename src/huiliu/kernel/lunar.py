"""The Chinese lunar calendar, as far as festivals need it: lunar day -> day, 1950 to 2100.

The table holds facts that the Hong Kong Observatory publishes. Dates after 2057 are computed ahead
of time there too: where a new moon falls near midnight, a month may begin a day earlier or later.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

__all__ = ["FIRST_YEAR", "LAST_YEAR", "lunar_day", "new_year", "new_years_eve"]

FIRST_YEAR: Final = 1950
#: The last year whose months are known.
LAST_YEAR: Final = 2100
_FIRST_DAY: Final = dt.date(1950, 2, 17)

_WIDTH: Final = len("00536 ")
# A year each, in hexadecimal: first the month that comes twice (0 = none), then, lowest bit first,
# which of its months have 30 days and not 29.
_YEARS: Final = (
    "00536 00aad 515aa 005b2 00da5 31d4a 00d4a 80a95 00a97 00556 "
    "60ab5 00ad5 006d2 40ea5 00ea5 0064a 30c97 00a9b 7155a 0056a "
    "00b69 51752 00b52 00b25 4164b 00a4b 814ab 002ad 0056d 60b69 "
    "00da9 00d92 41d25 00d25 a1a4d 00a56 002b6 605b5 006d5 00ea9 "
    "51e92 00e92 00d26 30a56 00a57 814d6 0035a 006d5 516c9 00749 "
    "00693 4152b 0052b 00a5b 2155a 0056a 71b55 00ba4 00b49 51a93 "
    "00a95 0052d 40aad 00ab5 915aa 005d2 00da5 61d4a 00d4a 00c95 "
    "4152e 00556 00ab5 215b2 006d2 60ea5 00725 0064b 50c97 00cab "
    "0055a 30ad6 00b69 b1752 00b52 00b25 61a4b 00a4b 004ab 5055b "
    "005ad 00b6a 21b52 00d92 71d25 00d25 00a55 514ad 004b6 005b5 "
    "30daa 00ec9 81e92 00e92 00d26 60a56 00a57 004d6 406d5 00755 "
    "00749 30e93 00693 7152b 0052b 00a5b 5155a 0056a 00b65 4174a "
    "00b4a 81a95 00a95 0052d 60aad 00ab5 005aa 40ba5 00da5 00d4a "
    "31c95 00c96 7194e 00556 00ab5 515b2 006d2 00ea5 40e4a 0064b "
    "80c97 004ab 0055b 60ad6 00b6a 00752 41725 00b25 00a8b 2149b "
    "004ab"
)


def lunar_day(year: int, month: int, day: int) -> dt.date | None:
    """Return the day of a lunar date, of the first of two months of one number.

    Args:
        year: the lunar year; it begins in January or February of the year of that number.
        month: 1 to 12.
        day: 1 to 30.

    Returns:
        None outside of the table, and for the 30th of a month that has 29 days.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    twice, lengths = _year(year)
    nth = month - 1 + (1 if 0 < twice < month else 0)
    if day > lengths[nth]:
        return None
    return new_year(year) + dt.timedelta(days=sum(lengths[:nth]) + day - 1)


def new_years_eve(year: int) -> dt.date | None:
    """Return the last day of a lunar year, whether that is its 29th or 30th; None as above."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return new_year(year) + dt.timedelta(days=sum(_year(year)[1]) - 1)


@lru_cache(maxsize=256)
def new_year(year: int) -> dt.date:
    """Return the first day of a lunar year of the table."""
    days = sum(sum(_year(before)[1]) for before in range(FIRST_YEAR, year))
    return _FIRST_DAY + dt.timedelta(days=days)


@lru_cache(maxsize=256)
def _year(year: int) -> tuple[int, tuple[int, ...]]:
    """Return which month of a year comes twice, and the lengths of its months in order."""
    written = int(_YEARS[(year - FIRST_YEAR) * _WIDTH :][: _WIDTH - 1], 16)
    twice, long_ones = written >> 16, written & 0xFFFF
    n_months = 13 if twice else 12
    return twice, tuple(29 + (long_ones >> nth & 1) for nth in range(n_months))
