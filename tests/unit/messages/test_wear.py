"""A core form of campaigns wears out when it is used for longer than a month."""

from __future__ import annotations

from huiliu.kernel.times import DAY
from huiliu.messages.wear import uses_of

NOW = 1_000 * DAY


def test_a_form_used_week_after_week_is_worn_after_a_month():
    """From the first campaign of the spell to the last."""
    weekly = [NOW - days * DAY for days in (35, 28, 21, 14, 7, 0)]

    (use,) = uses_of({"discount": weekly}, NOW, 31)

    assert (use.since, use.n, use.is_worn) == (NOW - 35 * DAY, 6, True)


def test_after_a_rest_of_more_than_a_month_a_form_is_new_again():
    """Only the present spell counts."""
    used = [NOW - days * DAY for days in (90, 80, 70, 20, 5)]

    (use,) = uses_of({"lottery": used}, NOW, 31)

    assert (use.since, use.n, use.is_worn) == (NOW - 20 * DAY, 2, False)


def test_a_form_that_nobody_uses_any_more_is_not_told():
    """Nor one that is planned only."""
    assert uses_of({"gift": [NOW - 60 * DAY], "points": [NOW + DAY]}, NOW, 31) == []


def test_a_brand_that_minds_no_forms_has_none_worn():
    """0 days = for ever."""
    used = [NOW - days * DAY for days in range(0, 200, 10)]

    (use,) = uses_of({"discount": used}, NOW, 0)

    assert not use.is_worn
