"""Calendar windows go by everybody's own clocks, and foretell when they move on."""

from __future__ import annotations

import pytest

from huiliu.conditions import Condition, Surroundings, parse
from huiliu.kernel.calendar import PERIODS, period
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import render
from huiliu.kernel.times import DAY, HOUR, as_instant

NOW = as_instant("2026-11-22T04:00:00Z") or 0
HOME = "Asia/Shanghai"


def read(tree: object) -> Condition:
    """Return the condition of a good tree, for a brand in Shanghai."""
    found = parse(tree, "where", Surroundings(zone=HOME))
    assert not isinstance(found, tuple), found
    return found


def person(at: int, zone: object = None) -> Facts:
    """Return somebody who did it once, and perhaps has a zone."""
    traits = {} if zone is None else {"zone": zone}
    return Facts(1, traits, {"X": [EventFact("X", at, 1, {})]})  # type: ignore[arg-type]


@pytest.mark.parametrize("word", PERIODS)
@pytest.mark.parametrize("zone", ["America/New_York", None, "nonsense", 5])
def test_an_event_counts_from_the_first_instant_of_a_window_until_its_last(word: str, zone: object):
    """In the person's zone, or the brand's where they have none."""
    own = zone if zone == "America/New_York" else HOME
    window = period(word, NOW, str(own))
    condition = read({"did": "X", "during": word})
    for at, counts in ((window.since - 1, False), (window.since, True), (window.before - 1, True),
                       (window.before, False)):  # fmt: skip
        assert condition.holds(person(at, zone), NOW) is counts
    assert condition.mentions.traits == {"zone"}


@pytest.mark.parametrize(
    ("asked", "zone"), [("brand", HOME), ("Asia/Tokyo", "Asia/Tokyo"), ("person", "Europe/Paris")]
)
def test_a_window_may_go_by_the_brand_or_by_a_place(asked: str, zone: str):
    """Then nobody's own zone matters, and none is mentioned."""
    condition = read({"did": "X", "during": "today", "zone": asked})
    begins = period("today", NOW, zone).since

    assert condition.holds(person(begins, "Europe/Paris"), NOW)
    assert not condition.holds(person(begins - 1, "Europe/Paris"), NOW)
    assert condition.mentions.traits == ({"zone"} if asked == "person" else frozenset())


def test_a_window_moves_on_at_the_persons_midnight():
    """What was today is yesterday at that microsecond, and then it is neither."""
    facts = person(NOW, "America/New_York")
    today = read({"did": "X", "during": "today"})
    yesterday = read({"did": "X", "during": "yesterday"})
    midnight = as_instant("2026-11-22", "America/New_York") or 0
    tomorrow = as_instant("2026-11-23", "America/New_York") or 0

    assert today.look(facts, NOW) == (True, midnight)
    assert yesterday.look(facts, NOW) == (False, midnight)
    assert today.look(facts, midnight) == (False, None)
    assert yesterday.look(facts, midnight) == (True, tomorrow)
    assert yesterday.look(facts, tomorrow) == (False, None)


def test_who_did_nothing_since_the_window_began_is_changed_by_nothing_but_events():
    """No timer is set for the many."""
    for tree in ({"did": "X", "during": "today"}, {"did_not": "X", "during": "today"}):
        held, change = read(tree).look(person(NOW - 9 * DAY), NOW)
        assert held is ("did_not" in tree)
        assert change is None


@pytest.mark.parametrize("word", PERIODS)
def test_events_older_than_the_reach_never_matter(word: str):
    """What tracking does not load changes no answer, in any zone."""
    condition = read({"did": "X", "during": word})
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Shanghai"):
        for now in (NOW, as_instant("2028-03-31T13:00:00Z") or 0):
            assert not condition.holds(person(condition.mentions.oldest(now) - 1, zone), now)


@pytest.mark.parametrize(
    ("window", "fault"),
    [
        ({"during": "tomorrow"}, "want_period"),
        ({"during": 7}, "want_period"),
        ({"during": "today", "within": "1d"}, "one_window"),
        ({"during": "today", "since": "2026-01-01"}, "one_window"),
        ({"during": "today", "zone": "Shanghai"}, "want_zone"),
        ({"during": "today", "zone": 8}, "want_zone"),
        ({"zone": "brand"}, "zone_alone"),
    ],
)
def test_each_wrong_window_has_its_sentence(window: dict[str, object], fault: str):
    """One window, one of the words, one of the zones."""
    found = parse({"did": "X", **window}, "where")

    assert isinstance(found, tuple)
    assert [one.text.key for one in found] == [f"conditions.{fault}"]
    assert "conditions." not in render(found[0].text, "en")


@pytest.mark.parametrize(
    ("window", "english", "chinese"),
    [
        ({"during": "last_quarter"}, "did X last quarter", "上季度做过 X"),
        ({"during": "today", "zone": "brand"}, "did X today (the brand's time)",
         "今天（品牌时区）做过 X"),
        ({"during": "today", "zone": "Asia/Tokyo"}, "did X today (Asia/Tokyo)",
         "今天（Asia/Tokyo）做过 X"),
    ],
)  # fmt: skip
def test_a_calendar_window_is_said_and_written_as_it_was_read(
    window: dict[str, object], english: str, chinese: str
):
    """The zone is only said where it is not the person's."""
    condition = read({"did": "X", **window})

    assert condition.tree() == {"did": "X", **window}
    assert (render(condition.sentence(), "en"), render(condition.sentence(), "zh-CN")) == (
        english,
        chinese,
    )


def test_an_event_a_little_ahead_of_its_time_counts_on_its_own_day():
    """Clocks may be minutes ahead: what is tomorrow's there is looked at again at midnight."""
    midnight = as_instant("2026-11-23", HOME) or 0
    facts, now = person(midnight + 60_000_000), midnight - HOUR // 12
    condition = read({"did": "X", "during": "today"})

    assert condition.look(facts, now) == (False, midnight)
    assert condition.look(facts, midnight)[0]
