"""Quarters: what is written, their days, and those before and after."""

from __future__ import annotations

import datetime as dt

import pytest

from huiliu.reports.quarter import Quarter


def test_a_quarter_knows_its_days_and_its_neighbours() -> None:
    """The fourth quarter ends with the year, and the first follows it."""
    last = Quarter(2026, 4)

    assert (last.first, last.last) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert (last.before, last.after) == (Quarter(2026, 3), Quarter(2027, 1))
    assert Quarter(2027, 1).before == last
    assert Quarter.of(dt.date(2026, 9, 30)).name == "2026Q3"


@pytest.mark.parametrize("written", ["2026Q3", " 2026q3 "])
def test_a_quarter_is_read_as_people_write_it(written: str) -> None:
    """Small letters and blanks around it do no harm."""
    assert Quarter.parse(written) == Quarter(2026, 3)


@pytest.mark.parametrize("written", ["", "2026", "2026Q5", "2026Q0", "26Q3", "2026Q33", "Q3 2026"])
def test_what_is_no_quarter_is_none(written: str) -> None:
    """Nothing is guessed."""
    assert Quarter.parse(written) is None
