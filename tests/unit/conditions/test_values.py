"""JSON values are read by type, and what is of another type is missing."""

from __future__ import annotations

import math

import pytest

from huiliu.conditions.values import as_flag, as_moment, as_number, as_text, dig
from huiliu.kernel.facts import Value
from huiliu.kernel.times import as_instant


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0), (1.5, 1.5), (2**53 + 1, 2.0**53), (10**400, math.inf), (-(10**400), -math.inf),
        (True, None), ("1", None), (None, None), ([1], None),
    ],
)  # fmt: skip
def test_a_number_is_a_double(value: Value, number: float | None):
    """As every SDK holds it; flags and texts are none."""
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2026-11-22", "2026-11-22T00:00:00+00:00"),
        ("2026-11-22T04:05", "2026-11-22T04:05:00+00:00"),
        ("2026-11-22 04:05:06", "2026-11-22T04:05:06+00:00"),
        ("2026-11-22T04:05:06.1234567Z", "2026-11-22T04:05:06.123456+00:00"),
        ("2026-11-22T04:05:06.5+08:00", "2026-11-22T04:05:06.500000+08:00"),
        ("2026-11-22T04:05:06-09:30", "2026-11-22T04:05:06-09:30"),
    ],
)
def test_a_moment_is_an_iso_date_or_time(written: str, means: str):
    """Without an offset it is UTC; more than six digits are cut."""
    assert as_moment(written) == as_instant(means)


@pytest.mark.parametrize(
    "written",
    ["", "2026-02-30", "2026-13-01", "0000-01-01", "2026-1-1", "20261122", "2026-11-22T24:00",
     "2026-11-22T04", "2026-11-22T04:00:00+24:00", "2026-11-22T04:00:60", " 2026-11-22",
     "2026-11-22\n", "2026-W47-7", "２０２６-11-22", 1_764_000_000, None, True],
)  # fmt: skip
def test_what_only_looks_like_a_moment_is_none(written: Value):
    """One form is read, so that every engine reads the same."""
    assert as_moment(written) is None


def test_a_path_goes_through_objects_only():
    """A list has no keys, not even numbers."""
    values: dict[str, Value] = {"a": {"b": {"c": 1}}, "l": [1, 2]}
    assert dig(values, ("a", "b", "c")) == 1
    assert dig(values, ("a", "x")) is None
    assert dig(values, ("l", "0")) is None
    assert dig(values, ("a", "b", "c", "d")) is None


def test_texts_and_flags_are_themselves():
    """Nothing is converted."""
    assert (as_text("x"), as_text(1)) == ("x", None)
    assert (as_flag(False), as_flag(0)) == (False, None)
