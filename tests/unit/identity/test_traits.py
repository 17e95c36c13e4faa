"""What an event says of its person."""

from __future__ import annotations

import msgspec
import pytest

from huiliu.identity.seen import LAST_SEEN_STEP, Seen
from huiliu.identity.traits import Dated, fold, set_traits, told_traits
from huiliu.kernel.bodies import Body, read_body
from huiliu.kernel.events import Kind


def test_only_identify_and_group_set_traits():
    """A track call's traits are not its person's."""
    body = Body(traits={"city": "上海"}, group=7)

    assert set_traits(Kind.IDENTIFY, body) == {"city": "上海"}
    assert set_traits(Kind.GROUP, body) == {"group_id": "7"}
    assert set_traits(Kind.TRACK, body) == {}


def test_unset_removes_like_null():
    """Both end as None, which every reader takes as not set; a strange list removes nothing."""
    body = Body(traits={"city": None, "$unset": ["size", 7]})

    assert set_traits(Kind.IDENTIFY, body) == {"city": None, "size": None, "7": None}
    assert set_traits(Kind.IDENTIFY, Body(traits={"$unset": "size"})) == {}


def test_the_latest_by_event_time_stays_and_ties_go_to_the_later_position():
    """Arrival does not matter."""
    traits: dict[str, Dated] = {}

    fold(traits, {"city": "b"}, 10, 5)
    fold(traits, {"city": "a"}, 9, 6)
    fold(traits, {"size": "S"}, 10, 7)
    fold(traits, {"size": "M"}, 10, 8)
    fold(traits, {"size": "L"}, 10, 6)

    assert traits == {"city": ("b", 10, 5), "size": ("M", 10, 8)}


@pytest.mark.parametrize(
    ("traits", "context", "told"),
    [
        ({"zone": "Asia/Tokyo", "timezone": "Europe/Paris"}, {}, {"zone": "Asia/Tokyo"}),
        ({"timezone": "Europe/Paris"}, {"timezone": "Asia/Tokyo"}, {"zone": "Europe/Paris"}),
        ({}, {"timezone": "Asia/Tokyo", "locale": "ja"}, {"zone": "Asia/Tokyo", "locale": "ja"}),
        ({"language": "fr"}, {"locale": "ja"}, {"locale": "fr"}),
        ({"zone": "../etc/passwd"}, {}, {}),
        ({"zone": 8, "locale": ["x"]}, {"timezone": ""}, {}),
    ],
)
def test_zone_and_locale_are_told_by_traits_before_the_context(traits, context, told):
    """What is no zone is left out."""
    assert told_traits(traits, context) == told


def test_a_person_is_written_once_and_only_for_news():
    """Within five minutes of what stands, a plain event is no news."""
    seen = Seen()
    seen.see(1, 1_000)
    seen.see(1, 3_000)
    seen.see(1, 2_000)
    seen.see(2, 500)

    found = seen.additions({2: (400, 450, None, None)})

    assert [(each.profile_id, each.first_at, each.last_at) for each in found] == [(1, 1_000, 3_000)]


def test_a_person_is_written_when_time_went_on_or_back():
    """The first time is exact; the last moves in steps."""
    for at, written in ((99, True), (100, False), (200 + LAST_SEEN_STEP, True)):
        seen = Seen()
        seen.see(1, at)

        assert bool(list(seen.additions({1: (100, 200, None, None)}))) is written


def test_a_context_that_repeats_what_stands_changes_nothing():
    """A new one does; an older one does not."""
    context = {"timezone": "Asia/Tokyo", "locale": "ja"}
    for at, stands, written in (
        (300, ("Asia/Tokyo", "ja"), {}),
        (300, ("Asia/Tokyo", "fr"), {"locale": ("ja", 300, 9)}),
        (150, ("Europe/Paris", "fr"), {}),
    ):
        seen = Seen()
        seen.see(1, at)
        seen.tell(1, context, at, 9)

        found = [each.traits for each in seen.additions({1: (100, 200, *stands)})]

        assert found == ([written] if written else [])


def test_of_two_contexts_the_later_counts():
    """By event time, then by position."""
    seen = Seen()
    seen.see(1, 10)
    seen.tell(1, {"locale": "fr"}, 10, 1)
    seen.tell(1, {"locale": "ja"}, 10, 2)
    seen.tell(1, {"locale": "de"}, 9, 3)

    [new] = seen.additions({})

    assert new.traits == {"locale": ("ja", 10, 2)}


def test_a_body_of_another_shape_is_a_value_error():
    """Whatever a broken writer left in the log, the reader says so in one way."""
    for broken in (b"", b"[]", b'{"properties": 1}', b"\xff"):
        with pytest.raises(ValueError):
            read_body(broken)
    assert read_body(b'{"properties": {"a": 1}, "else": 2}').properties == {"a": 1}
    assert read_body(msgspec.json.encode({"groupId": "g"})).group == "g"
