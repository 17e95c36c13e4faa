"""The document of a holdout: what it says, and all that is wrong with it at once."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from huiliu.experiments.holdout import Holdout, parse_holdout, parsed_holdout, widest_first
from huiliu.kernel.errors import BadInput

SMS = """\
huiliu: 1
kind: holdout
slug: sms
name: {en: SMS}
scope: channel
channels: [sms, push]
share: 5%
round: 2026Q4
from: 2026-10-01
until: 2026-12-31
"""


def test_a_holdout_says_what_it_covers_and_when() -> None:
    """Scope, share, round and days are read, and canonical again."""
    one = parsed_holdout(SMS)
    assert (one.scope, one.things, one.share) == ("channel", ("sms", "push"), Fraction(1, 20))
    assert one.key == "holdout:sms#2026Q4"
    assert one.covers("any", "sms", "hello")
    assert not one.covers("any", "email", "hello")
    assert not one.goes_on(dt.date(2026, 9, 30))
    assert one.goes_on(dt.date(2026, 12, 31))
    assert not one.goes_on(dt.date(2027, 1, 1))
    assert parsed_holdout(one.source) == one


def test_everything_that_is_wrong_is_told_with_its_line() -> None:
    """No share, another scope's field, a round with #, days the wrong way round."""
    found = parse_holdout(
        SMS.replace("5%", "60%").replace("2026Q4", '"a#b"').replace("channels:", "journeys:")
        .replace("2026-12-31", "2026-01-01")
    )  # fmt: skip
    assert isinstance(found, tuple)
    assert {one.path for one in found} == {"share", "round", "channels", "journeys", "until"}
    assert all(one.line for one in found if one.path != "channels")
    with pytest.raises(BadInput):
        parsed_holdout(SMS.replace("scope: channel", "scope: planet"))


def test_the_share_is_kept_and_salts_are_independent() -> None:
    """5 % of 40,000 people are held; those of one holdout are spread evenly over another."""
    one, other = parsed_holdout(SMS), parsed_holdout(SMS.replace("slug: sms", "slug: two"))
    people = range(40_000)
    mine = {who for who in people if one.holds(who)}
    theirs = {who for who in people if other.holds(who)}
    assert abs(len(mine) - 2_000) < 4 * 44
    assert abs(len(mine & theirs) - 100) < 4 * 10


def test_the_widest_is_asked_first() -> None:
    """Whatever their names."""
    sources = (
        SMS,
        SMS.replace("slug: sms", "slug: z").replace("scope: channel", "scope: global").replace(
            "channels: [sms, push]\n", ""),
        SMS.replace("slug: sms", "slug: a").replace("scope: channel", "scope: message").replace(
            "channels: [sms, push]", "templates: [hello]"),
    )  # fmt: skip
    found: list[Holdout] = [parsed_holdout(one) for one in sources]
    assert [one.scope for one in widest_first(found)] == ["global", "channel", "message"]
