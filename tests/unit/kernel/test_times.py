"""Instants, durations and wall clocks mean what people mean by them."""

from __future__ import annotations

import datetime as dt

import pytest

from huiliu.kernel.times import (
    DAY,
    HOUR,
    MINUTE,
    as_day,
    as_duration,
    as_instant,
    local_datetime,
    next_local_time,
    show_duration,
    show_instant,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("3d", 3 * DAY),
        ("36h", 36 * HOUR),
        ("1h30m", HOUR + 30 * MINUTE),
        ("2w", 14 * DAY),
        ("250ms", 250_000),
    ],
)
def test_a_duration_is_read_as_elapsed_time(written: str, meant: int) -> None:
    """A day is 24 hours, whatever the calendar does."""
    assert as_duration(written) == meant


@pytest.mark.parametrize("written", ["", "3", "d", "3 d", "-1d", "1.5h", "3days", "P3D"])
def test_what_is_no_duration_is_none(written: str) -> None:
    """Nothing is guessed."""
    assert as_duration(written) is None


def test_a_duration_is_shown_as_it_would_be_read() -> None:
    """Writing and reading agree, weeks only where they are whole."""
    assert [show_duration(as_duration(w) or 0) for w in ("8d", "14d", "90m", "0s")] == [
        "8d",
        "2w",
        "1h30m",
        "0s",
    ]


def test_an_offset_wins_over_the_zone() -> None:
    """A time that names its offset needs no zone."""
    assert as_instant("2018-06-04T16:44:48+08:00", "America/New_York") == as_instant(
        "2018-06-04T08:44:48Z"
    )


def test_a_time_without_offset_is_in_the_zone() -> None:
    """Shanghai is eight hours ahead."""
    assert as_instant("2018-06-04 16:44:48", "Asia/Shanghai") == as_instant("2018-06-04T08:44:48Z")


def test_a_time_inside_a_gap_moves_to_its_end() -> None:
    """02:30 did not exist in New York on 2026-03-08; clocks went from 02:00 to 03:00."""
    assert as_instant("2026-03-08T02:30:00", "America/New_York") == as_instant(
        "2026-03-08T03:00:00-04:00"
    )


def test_a_time_that_happens_twice_is_the_first() -> None:
    """01:30 came twice in New York on 2026-11-01; the first is still daylight time."""
    assert as_instant("2026-11-01T01:30:00", "America/New_York") == as_instant(
        "2026-11-01T01:30:00-04:00"
    )


@pytest.mark.parametrize("written", ["", "yesterday", "2018-13-01", "12:00", "2018-02-30"])
def test_what_is_no_date_is_none(written: str) -> None:
    """A date that does not exist is no date."""
    assert as_instant(written) is None


def test_an_instant_is_shown_in_utc() -> None:
    """Microseconds appear only where there are any."""
    at = as_instant("2018-06-04T16:44:48Z")
    assert at is not None
    assert show_instant(at) == "2018-06-04T16:44:48Z"
    assert show_instant(at + 1) == "2018-06-04T16:44:48.000001Z"


def test_the_next_local_time_is_today_when_still_ahead() -> None:
    """08:00 in Shanghai after 06:00 there is two hours away."""
    now = as_instant("2026-11-22T06:00:00", "Asia/Shanghai")
    assert now is not None
    assert next_local_time(now, "Asia/Shanghai", dt.time(8)) - now == 2 * HOUR


def test_the_next_local_time_is_tomorrow_when_past() -> None:
    """08:00 after 09:00 is 23 hours away, and a moment on the dot is now."""
    now = as_instant("2026-11-22T09:00:00", "Asia/Shanghai")
    assert now is not None
    assert next_local_time(now, "Asia/Shanghai", dt.time(8)) - now == 23 * HOUR
    assert next_local_time(now, "Asia/Shanghai", dt.time(9)) == now


def test_the_night_that_clocks_change_is_an_hour_shorter() -> None:
    """21:00 to 08:00 over the spring change in New York is ten hours."""
    now = as_instant("2026-03-07T21:00:00", "America/New_York")
    assert now is not None
    assert next_local_time(now, "America/New_York", dt.time(8)) - now == 10 * HOUR
    assert local_datetime(now, "America/New_York").hour == 21


@pytest.mark.parametrize("written", ["0001-01-01", "1970-12-31", "9999-12-31", "2026-02-30", "x"])
def test_a_day_that_is_none_of_our_time_is_no_day(written: str) -> None:
    """Whoever counts days before or after it would fall off the calendar."""
    with pytest.raises(ValueError, match=r"."):
        as_day(written)


def test_a_day_is_read_as_it_is_written() -> None:
    """In ISO form."""
    assert as_day("2026-11-23") == dt.date(2026, 11, 23)
