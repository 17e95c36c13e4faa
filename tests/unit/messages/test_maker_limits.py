"""Makers' days begin at midnight in China, and their names are read as phones say them."""

from __future__ import annotations

import pytest

from huiliu.kernel.times import as_instant
from huiliu.messages.maker_limits import (
    DEFAULT_LIMITS,
    china_day,
    maker_of,
    next_china_day,
    read_limits,
)


def at(written: str) -> int:
    """Return an instant."""
    found = as_instant(written)
    assert found is not None
    return found


def test_a_day_changes_at_midnight_in_china_and_nowhere_else() -> None:
    """Sixteen o'clock UTC is the border, in summer and in winter."""
    for date in ("2026-01-31", "2026-07-01"):
        before, after = at(f"{date}T15:59:59Z"), at(f"{date}T16:00:00Z")
        assert china_day(after) == china_day(before) + 1
        assert next_china_day(before) == after
        assert china_day(next_china_day(after)) == china_day(after) + 1


@pytest.mark.parametrize(
    ("said", "maker"),
    [("Redmi", "xiaomi"), (" HUAWEI ", "huawei"), ("OnePlus", "oppo"), ("iQOO", "vivo"),
     ("Google", "google"), ("", "")],
)  # fmt: skip
def test_a_phone_belongs_to_the_maker_that_sells_it(said: str, maker: str) -> None:
    """Sub-brands count with the maker whose channel carries to them."""
    assert maker_of(said) == maker


def test_limits_are_read_as_they_are_written() -> None:
    """Sub-brands count as their maker's; what is not so written is refused."""
    assert read_limits(DEFAULT_LIMITS) == {
        "huawei": 2, "honor": 2, "oppo": 2, "vivo": 2, "xiaomi": 1,
    }  # fmt: skip
    assert read_limits(" Redmi = 8 ,huawei=5,") == {"xiaomi": 8, "huawei": 5}
    assert read_limits("") == {}
    for wrong in ("huawei", "huawei=x", "huawei=-1", "huawei=99999", "huawei:2", "huawei=²"):
        assert read_limits(wrong) is None
