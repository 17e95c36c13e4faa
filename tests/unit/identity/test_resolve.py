"""Whose event it is, and when two profiles may not become one."""

from __future__ import annotations

import itertools

import pytest
from tests.unit.identity.memory import Memory

from huiliu.identity.resolve import LIMITS, elder
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import profile_id_from_position


def test_a_guest_who_signs_in_stays_the_same_person():
    """The user id is attached to the guest's profile: no merge is needed."""
    people = Memory()

    [guest] = people.meet(["anonymous_id:a"])
    [ada] = people.meet(["anonymous_id:a", "user_id:ada"])

    assert guest == ada
    assert people.merges == []


def test_of_two_profiles_the_one_first_seen_earlier_stays():
    """The survivor depends on the log position alone."""
    people = Memory()
    first, second = people.meet(["user_id:ada"], ["anonymous_id:a"])

    [both] = people.meet(["anonymous_id:a", "user_id:ada"])

    assert both == first
    assert [(merge.gone, merge.into) for merge in people.merges] == [(second, first)]


def test_an_event_keeps_the_profile_of_its_strongest_identifier():
    """After a merge the event still says whom it came with, so unmerge can give it back."""
    people = Memory()
    first, second = people.meet(["anonymous_id:a"], ["user_id:ada"])
    people.meet(["anonymous_id:a", "user_id:ada"])

    people.meet(["anonymous_id:a"], ["user_id:ada"], ["user_id:ada", "email:e"])

    assert people.persons[-3:] == [first, second, second]
    assert people.came_with[b"email:e"] == second


def test_a_shop_counter_phone_does_not_melt_a_thousand_people_into_one():
    """Each member keeps a profile; the phone stays with the first; the rest is listed."""
    people = Memory()

    found = people.meet(*([f"user_id:{n}", "phone:counter"] for n in range(1_000)))

    assert len(set(found)) == 1_000
    assert people.merges == []
    assert len(people.refused) == 999
    assert {each.limit_type for each in people.refused} == {IdentifierType.USER_ID}


def test_a_shared_browser_does_not_make_two_people_one():
    """The second who signs in gets a profile; the browser stays with the first."""
    people = Memory()
    ada, bo = people.meet(["user_id:ada", "anonymous_id:a"], ["user_id:bo", "anonymous_id:a"])

    assert ada != bo
    assert people.meet(["anonymous_id:a"]) == [ada]


@pytest.mark.parametrize("kind", IdentifierType)
def test_one_more_than_the_limit_is_not_attached(kind: IdentifierType):
    """The event stays with its strongest identifier; the exceeding one is listed."""
    anchor = "user_id:ada" if kind is not IdentifierType.USER_ID else "user_id:0"
    people = Memory()
    limit = LIMITS[kind]
    fill = [[anchor, f"{kind.word}:{n}"] for n in range(limit)]

    people.meet(*fill)
    people.meet([anchor, f"{kind.word}:{limit}"])

    assert len(people.groups()) == 1
    assert [each.limit_type for each in people.refused] == [kind]
    assert f"{kind.word}:{limit}".encode() not in people.came_with


def test_a_merge_beyond_a_limit_is_refused_the_same_way_every_time():
    """Two people of two phones each may not be one: three is the limit."""
    events = [
        ["member_card:a", "phone:1"], ["member_card:a", "phone:2"],
        ["member_card:b", "phone:3"], ["member_card:b", "phone:4"],
        ["member_card:a", "member_card:b"],
    ]  # fmt: skip
    once, again = Memory(), Memory()
    once.meet(*events)
    for each in events:
        again.meet(each)

    assert len(once.groups()) == 2
    assert once.groups() == again.groups()
    assert once.persons == again.persons
    assert once.refused == again.refused
    assert once.refused[0].limit_type == IdentifierType.PHONE


def test_an_alias_makes_one_person_of_two_user_ids():
    """The brand says so itself, so the limit of one user id does not hold."""
    people = Memory()
    first, second = people.meet(["user_id:old"], ["user_id:new"])
    alias = ["user_id:new", "user_id:old", "anonymous_id:old"]

    [both] = people.meet(alias, explicit=True)

    assert both == first
    assert people.meet(["user_id:new", "anonymous_id:phone"]) == [first]
    assert people.present(second) == first


def test_an_alias_of_an_unknown_id_is_remembered():
    """What comes later under the previous id is the same person's."""
    people = Memory()
    [ada] = people.meet(["user_id:new", "user_id:old", "anonymous_id:old"], explicit=True)

    assert people.meet(["anonymous_id:old"], ["user_id:old"]) == [ada, ada]


def test_a_limit_that_an_alias_passed_still_stops_others():
    """Two aliased user ids are one person; a third needs an alias of its own."""
    people = Memory()
    people.meet(["user_id:new", "user_id:old"], explicit=True)
    people.meet(["user_id:new", "phone:1"])

    people.meet(["user_id:third", "phone:1"])

    assert len(people.groups()) == 2


def test_two_taken_apart_stay_two():
    """The same evidence comes again and changes nothing; the list says why."""
    people = Memory()
    one, other = people.meet(["user_id:ada"], ["anonymous_id:a"])
    people.pairs = [(one, other)]

    people.meet(["user_id:ada", "anonymous_id:a"], ["user_id:ada", "anonymous_id:a"])

    assert people.merges == []
    assert [each.limit_type for each in people.refused] == [0, 0]


def test_two_taken_apart_stay_two_through_a_third():
    """What one of them merges with inherits the ban."""
    people = Memory()
    one, other, third = people.meet(["anonymous_id:a"], ["anonymous_id:b"], ["anonymous_id:c"])
    people.pairs = [(other, third)]

    people.meet(["anonymous_id:a", "anonymous_id:b"], ["anonymous_id:a", "anonymous_id:c"])

    assert people.present(other) == one
    assert people.present(third) == third


def test_an_identifier_that_comes_twice_in_one_event_counts_once():
    """Repeats are no second identifier."""
    people = Memory()

    people.meet(["user_id:ada", "user_id:ada", "phone:1", "phone:1"])

    assert people.refused == []
    assert people.groups() == {frozenset({"user_id:ada", "phone:1"})}


def test_the_elder_is_the_one_of_the_earlier_position():
    """Ids are mixed, so the smaller number is not always the elder."""
    ids = [profile_id_from_position(0, offset) for offset in range(50)]

    assert all(elder(b, a) == (a, b) for a, b in itertools.pairwise(ids))
