"""How a white paper writes figures."""

from __future__ import annotations

import pytest

from huiliu.reports.paper_numbers import (
    change,
    money,
    number,
    share,
    share_ends,
    short,
    short_money,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (number(1234567.0), "1,234,567"), (number(None), "–"), (number(-0.2), "0"),
        (share(0.1234), "12.3%"), (share(0.00031), "0.03%"), (share(-0.25), "–25.0%"),
        (share(0.0), "0.0%"), (share(1e-9), "0.0%"),
        (money(1234.5, "CNY"), "¥1,234"), (money(-9.5, "CNY"), "–¥9.50"),
        (money(5, "BRL"), "5 BRL"), (short(51902, "zh-CN"), "5.19 万"),
        (short(51902, "en"), "51,902"), (short(999, "en"), "999"),
        (short_money(3_240_000, "CNY", "zh-CN"), "¥324.00 万"),
        (short_money(3_240_000, "CNY", "en"), "¥3.24M"), (short_money(999, "CNY", "en"), "¥999"),
        (short_money(-3_240_000, "USD", "en"), "–$3.24M"),
    ],
)  # fmt: skip
def test_figures_are_written_as_a_board_reads_them(written: str, meant: str) -> None:
    """Thousands are set apart, small shares keep their digits, and nought has no minus."""
    assert written == meant


def test_a_share_of_nothing_has_no_interval_and_a_share_of_much_a_narrow_one() -> None:
    """Wilson's interval of half of a hundred; none of none."""
    assert share_ends(50, 100) == "40.4% ~ 59.6%"
    assert share_ends(0, 0) == "–"


def test_a_change_is_a_part_of_what_was_and_of_shares_their_difference() -> None:
    """Nothing before tells no change."""
    assert change(110, 100) == pytest.approx(0.1)
    assert change(0.30, 0.25, is_share=True) == pytest.approx(0.05)
    assert change(1, 0) is None
    assert change(1, None) is None
