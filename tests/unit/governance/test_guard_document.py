"""A guard says what it watches and what it does; whatever is wrong with it is said all at once."""

from __future__ import annotations

import pytest

from huiliu.governance.channel_guard import Day, Mode, days_to_tell, fall_odds, judge, read_days
from huiliu.governance.guard_document import GuardDocument, parse_guard, parsed_guard
from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import DAY, HOUR
from huiliu.simulator.channel_world import ChannelWorld, days_of

PLAIN = "huiliu: 1\nkind: guard\nslug: watch\nname: {en: Watch}\n"


def read(more: str = "") -> GuardDocument:
    """Return a guard that can be read."""
    found = parse_guard(PLAIN + more)
    assert isinstance(found, GuardDocument)
    return found


def test_a_guard_that_says_nothing_watches_messages_and_ads_and_pauses() -> None:
    """Statistical, a twentieth, once an hour; a literal one only reports until it is told to."""
    found = read()
    assert (found.mode, found.pauses, found.threshold) == (Mode.STATISTICAL, True, 0.05)
    assert (found.every, found.wait, found.ramp) == (HOUR, 2 * DAY, (10.0, 50.0))
    assert found.metrics == ("deliver", "open", "click", "cart", "pay", "ads")
    assert read("mode: literal\n").pauses is False
    assert read("mode: literal\nthen: pause\n").pauses is True


def test_a_guard_reads_all_its_fields() -> None:
    """Each is what was written."""
    found = read(
        "every: 6h\nmetrics: [pay, visits]\nchannels: [sms]\ncampaigns: [care]\nleast: 50\n"
        "within: 2d\nwait: 0h\nramp: [5, 20, 60]\nstage: 12h\nresume_after: 1d\nthreshold: 0.1\n"
        "delivers: {app: [push, inapp]}\nsegments: [loyal]\ntell: [legal, marketing]\n"
    )
    assert (found.every, found.metrics, found.channels) == (6 * HOUR, ("pay", "visits"), ("sms",))
    assert (found.campaigns, found.least, found.within) == (("care",), 50, 2 * DAY)
    assert (found.wait, found.ramp, found.stage) == (0, (5.0, 20.0, 60.0), 12 * HOUR)
    assert (found.resume_after, found.threshold) == (DAY, 0.1)
    assert found.delivers == {"app": ("push", "inapp")}
    assert (found.segments, found.tell) == (("loyal",), ("marketing", "legal"))


@pytest.mark.parametrize(
    ("more", "paths"),
    [
        ("ramp: [50, 10]\n", ["ramp"]),
        ("ramp: [10, 100]\n", ["ramp"]),
        ("ramp: 10\n", ["ramp"]),
        ("every: 5m\nwait: 90d\nthreshold: 2\n", ["every", "threshold", "wait"]),
        ("mode: magic\nmetrics: [all]\nother: 1\n", ["metrics", "mode", "other"]),
        ("delivers: [app]\ntell: [nobody]\n", ["delivers", "tell"]),
    ],
)
def test_whatever_is_wrong_with_a_guard_is_said_all_at_once(more: str, paths: list[str]) -> None:
    """With the path and the line of each."""
    found = parse_guard(PLAIN + more)
    assert isinstance(found, tuple)
    assert sorted(one.path for one in found) == paths
    assert all(one.line > 4 for one in found)
    with pytest.raises(BadInput):
        parsed_guard(PLAIN + more)


def test_readings_are_what_the_verdicts_rest_on() -> None:
    """The same verdicts, with what was to be expected and since when it fell."""
    days = days_of(ChannelWorld(3), 60, {"channel-1": (45, 0.6)})
    readings = read_days(days, Mode.STATISTICAL)
    assert [(one.day, one.verdict) for one in readings] == judge(days, Mode.STATISTICAL)
    fell = [one for one in readings if one.day.channel == "channel-1" and one.verdict == "pause"]
    assert fell
    assert fell[0].since is not None
    assert 45 <= fell[0].since <= fell[0].day.day
    assert fell[0].expected is not None
    assert fell[0].expected > fell[0].day.conversions
    literal = read_days([Day(day, "a", 1_000, 50) for day in range(10)], Mode.LITERAL)
    assert [one.expected for one in literal[:7]] == [None] * 7
    assert literal[-1].expected == pytest.approx(50)


def test_how_long_traffic_needs_to_tell_a_fall() -> None:
    """129,799 visits at 3 %; scatter makes it longer; of nothing nothing is known."""
    assert days_to_tell(0.03, 20_000, 1, 0.05) == pytest.approx(129_799 / 20_000, rel=1e-4)
    assert days_to_tell(0.03, 20_000, 4, 0.05) == pytest.approx(4 * 129_799 / 20_000, rel=1e-4)
    assert days_to_tell(0.03, 0, 1, 0.05) is None
    assert days_to_tell(0.0, 100, 1, 0.05) is None


def test_odds_of_a_fall_grow_with_what_is_known() -> None:
    """Half of much is surely a fall, half of little is not, and all of it is none."""
    assert fall_odds(500, 1_000, 20_000, 1, 0.05) > 0.99
    assert fall_odds(2, 4, 20_000, 1, 0.05) < 0.95
    assert fall_odds(1_000, 1_000, 20_000, 1, 0.05) < 0.1
    assert fall_odds(0, 100, 20_000, 1, 0.05) > 0.99
