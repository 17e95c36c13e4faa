"""`anniversary_within`: the day of the year comes round today or in so many days.

Only month and day count, as they are written: `1990-05-01`, a time on that day, `05-01` or
`--05-01`. The day is the one that the person's clocks show. 29 February is kept on 28 February
in years that have no other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import ibis
import re2

from huiliu.conditions.bound import bound
from huiliu.conditions.clock import EPOCH_DAY, Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant, Relative
from huiliu.conditions.comparisons.constants import days
from huiliu.conditions.comparisons.lists import count_of
from huiliu.conditions.form import Field
from huiliu.conditions.moments import is_moment, stamp_of
from huiliu.conditions.population import Cell
from huiliu.conditions.values import as_moment, as_text
from huiliu.kernel.calendar import midnight
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, HOUR

__all__ = ["ANNIVERSARY_WITHIN"]

#: A month and a day that some year has.
_MONTH_DAY = (
    "^(?:--)?((?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01]))"
    "|(?:(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30))|(?:02-(?:0[1-9]|[12][0-9])))$"
)
_FOUND = re2.compile(_MONTH_DAY)
_SHORT = len("--05-01")
_LENGTH = len("05-01")
#: The number of days after which every day of the year has come.
_ALWAYS = 365
#: Clocks are this much ahead of UTC at most, so no day begins earlier.
_AHEAD = 14 * HOUR


def _month_day(value: Value) -> str | None:
    """Return `05-01`, or None where the value names no day."""
    written = as_text(value)
    if written is None:
        return None
    found = _FOUND.search(written)
    if found is not None:
        return str(found.group(1))
    return None if as_moment(written) is None else written[5:10]


def _about_month_day(cell: Cell, make: Callable[[ibis.Value], ibis.Value]) -> ibis.Value:
    """Return what is made of the expression of `_month_day`."""

    def found(written: ibis.Value) -> ibis.Value:
        """Return the month and day in a text."""
        is_short = written.length() <= _SHORT
        known = ibis.ifelse(is_short, written.re_search(_MONTH_DAY), is_moment(written))
        day = ibis.ifelse(is_short, written.right(_LENGTH), written.substr(5, _LENGTH))
        return ibis.ifelse(known, day, ibis.null("string"))

    return bound(cell.text(), lambda written: bound(found(written), make))


def _span(today: dt.date, n_days: int) -> tuple[str, str]:
    """Return the first and last month and day of so many days from today."""
    last = today + dt.timedelta(days=n_days)
    first, until = f"{today:%m-%d}", f"{last:%m-%d}"
    # Without a 29th the 28th is the day of both.
    return first, "02-29" if until == "02-28" and not _is_leap(last.year) else until


def _is_leap(year: int) -> bool:
    """Say whether the year has a 29 February."""
    return dt.date(year, 12, 31).timetuple().tm_yday == _ALWAYS + 1


def _holds(value: Value, constant: Constant, when: When) -> bool:
    """Say whether the day comes round today or in so many days."""
    found = _month_day(value)
    return found is not None and _is_within(found, when.day(), count_of(constant))


def _is_within(found: str, today: dt.date, n_days: int) -> bool:
    """Say whether a month and day is among so many days from today."""
    if n_days >= _ALWAYS:
        return True
    first, last = _span(today, n_days)
    if first <= last:
        return first <= found <= last
    return found >= first or found <= last


def _among(cell: Cell, constant: Constant, scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    n_days = count_of(constant)
    first = scene.by_day(lambda today: ibis.literal(_span(today, n_days)[0]))
    last = scene.by_day(lambda today: ibis.literal(_span(today, n_days)[1]))

    def within(found: ibis.Value) -> ibis.Value:
        """Return whether a month and day is among so many days from today."""
        if n_days >= _ALWAYS:
            return found.notnull()
        late, early = found >= first, found <= last
        return ibis.ifelse(first <= last, late & early, late | early)

    return _about_month_day(cell, within).fill_null(False)


def _change(value: Value, constant: Constant, when: When) -> int | None:
    """Return the midnight at which the day comes near enough, or has passed."""
    found, n_days = _month_day(value), count_of(constant)
    if found is None or n_days >= _ALWAYS:
        return None
    today = when.day()
    next_one = min(
        day for year in (today.year, today.year + 1) if (day := _in_year(found, year)) >= today
    )
    if (next_one - today).days <= n_days:
        turn = next_one + dt.timedelta(days=1)
    else:
        turn = next_one - dt.timedelta(days=n_days)
    return midnight(turn, when.zone)


def _in_year(found: str, year: int) -> dt.date:
    """Return the day on which a month and day is kept in a year."""
    if found == "02-29" and not _is_leap(year):
        return dt.date(year, 2, 28)
    return dt.date(year, int(found[:2]), int(found[3:]))


def _change_among(cell: Cell, constant: Constant, scene: Scene) -> ibis.Value:
    """Return an instant not later than `_change`: the day's beginning where it begins first."""
    n_days = count_of(constant)
    if n_days >= _ALWAYS:
        return ibis.null("timestamp(6)")

    def change(today: dt.date) -> ibis.Value:
        """Return the same for those whose clocks show a day."""
        number = (today - EPOCH_DAY).days

        def turn(found: ibis.Value) -> ibis.Value:
            """Return the number of the day on which the answer changes."""
            this, following = (_number_in(found, today.year + more) for more in (0, 1))
            day = ibis.ifelse(this >= number, this, following)
            return ibis.ifelse(day - number <= n_days, day + 1, day - n_days)

        return _about_month_day(cell, turn)

    return stamp_of(scene.by_day(change) * int(DAY) - int(_AHEAD))


def _number_in(found: ibis.Value, year: int) -> ibis.Value:
    """Return the number of the day, since 1970, on which a month and day is kept in a year."""
    first = (dt.date(year, 1, 1) - EPOCH_DAY).days
    # Days before each month; what lies after February has one more in a leap year.
    month, day = found.substr(0, 2).cast("int64"), found.substr(3, 2).cast("int64")
    before = ibis.literal(0, type="int64")
    for number in range(2, 13):
        passed = (dt.date(year, number, 1) - dt.date(year, 1, 1)).days
        before = ibis.ifelse(month == number, ibis.literal(passed, type="int64"), before)
    kept = day if _is_leap(year) else ibis.ifelse(found == "02-29", day - 1, day)
    return before + kept + (first - 1)


def _in_words(constant: Constant) -> Text:
    """Return the number of days in words."""
    return text("conditions.days", n=count_of(constant))


ANNIVERSARY_WITHIN = Comparison(
    "anniversary_within",
    days,
    _holds,
    _among,
    by_content=True,
    form=Field("", "whole", start=7),
    relative=Relative(_change, _change_among, zoned=True),
    show=_in_words,
)
