"""While no limit is reached, who is who does not depend on the order of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.identity.memory import Memory

#: Few names, so that events touch each other; no type that a single group could fill.
_FREE = st.sampled_from(
    [f"anonymous_id:{n}" for n in range(9)]
    + [f"device_token:{n}" for n in range(5)]
    + [f"wechat_openid:{n}" for n in range(4)]
    + [f"email:{n}" for n in range(3)]
)
_EVENTS = st.lists(st.lists(_FREE, min_size=1, max_size=4), min_size=1, max_size=25)
#: Names that fill their limits at once.
_TIGHT = st.sampled_from(
    [f"user_id:{n}" for n in range(4)]
    + [f"phone:{n}" for n in range(6)]
    + [f"anonymous_id:{n}" for n in range(4)]
)
_TIGHT_EVENTS = st.lists(st.lists(_TIGHT, min_size=1, max_size=4), min_size=1, max_size=25)


def components(events: list[list[str]]) -> set[frozenset[str]]:
    """Return the connected components, the slow and plain way."""
    groups: list[set[str]] = []
    for event in events:
        touched = [group for group in groups if group & set(event)]
        groups = [group for group in groups if not group & set(event)]
        groups.append(set(event).union(*touched))
    return {frozenset(group) for group in groups}


@given(_EVENTS, st.randoms(use_true_random=False))
def test_groups_are_the_connected_components_in_any_order(events, random):
    """Below the limits the groups are those of the relation, however events are shuffled."""
    straight, shuffled = Memory(), Memory()
    other_order = [random.sample(event, len(event)) for event in events]
    random.shuffle(other_order)

    straight.meet(*events)
    shuffled.meet(*other_order)

    assert straight.groups() == components(events)
    assert shuffled.groups() == components(events)
    assert straight.refused == shuffled.refused == []


@given(_TIGHT_EVENTS, st.data())
def test_the_same_log_gives_the_same_people_however_it_is_cut_into_batches(events, data):
    """At the limits too: batches are the projector's business, never the people's."""
    whole, cut = Memory(), Memory()

    whole.meet(*events)
    rest = events
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        cut.meet(*rest[:size])
        rest = rest[size:]

    assert cut.came_with == whole.came_with
    assert cut.persons == whole.persons
    assert cut.groups() == whole.groups()
    assert cut.refused == whole.refused
    assert [(m.gone, m.into) for m in cut.merges] == [(m.gone, m.into) for m in whole.merges]


@given(_TIGHT_EVENTS)
def test_no_group_ever_holds_more_than_its_limits(events):
    """One user id and three phones, whatever comes."""
    people = Memory()

    people.meet(*events)

    for group in people.groups():
        assert sum(each.startswith("user_id") for each in group) <= 1
        assert sum(each.startswith("phone") for each in group) <= 3


@given(_TIGHT_EVENTS)
def test_nothing_refused_means_nothing_was_lost(events):
    """An identifier is missing, or a merge undone, only where the list of conflicts says so."""
    people = Memory()

    people.meet(*events)

    if not people.refused:
        assert people.groups() == components(events)
    missing = {each for event in events for each in event} - {
        key.decode() for key in people.came_with
    }
    assert missing <= {each.identifier.key.decode() for each in people.refused}
