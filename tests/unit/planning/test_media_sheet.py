"""Tables of media spend are read as their authors meant them, or not at all."""

from __future__ import annotations

import pytest

from huiliu.planning.media_sheet import read_media


@pytest.mark.parametrize("written", ["26-11-01", "9999-12-31", "11/1/2026", "2026-02-30", ""])
def test_a_day_that_cannot_be_meant_is_refused(written: str) -> None:
    """Two digits of a year are not the year 26."""
    rows, problems = read_media(["day", "channel", "cost"], [(2, [written, "app", "1"])], "CNY")
    assert (list(rows), [(one.path, one.line) for one in problems]) == ([], [("day", 2)])


@pytest.mark.parametrize("written", ["2026-11-01", "2026/11/1", "2026.11.01 00:00"])
def test_a_day_is_read_in_each_form_that_tables_use(written: str) -> None:
    """All of them are one day."""
    rows, _ = read_media(["day", "channel", "cost"], [(2, [written, "app", "1"])], "CNY")
    assert [one.day for one in rows] == ["2026-11-01"]
