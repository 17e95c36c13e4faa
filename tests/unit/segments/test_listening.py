"""What an event can change is looked at, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from huiliu.conditions import Mentions, parse
from huiliu.kernel.events import Event, Kind
from huiliu.kernel.facts import Projected
from huiliu.segments import Listening, Segment


def listening(*wheres: dict[str, Any]) -> Listening:
    """Return the index of segments with these conditions, numbered from 0."""
    made = []
    for number, where in enumerate(wheres):
        found = parse(where, "where")
        assert not isinstance(found, tuple), found
        made.append(Segment(f"s{number}", {"en": "S"}, "", found))
    return Listening(made)


def happened(name: str, traits: dict[str, Any] | None = None, **properties: Any) -> Projected:
    """Return an event of somebody who has been there before."""
    event = Event(0, 7, 1, 0, 0, name, Kind.TRACK, (), None, 0, b"")
    return Projected(event, 1, name, properties, traits or {}, triggers=True)


BOUGHT = {"did": "Order Paid"}


@pytest.mark.parametrize(
    ("where", "lets_in", "lets_out"),
    [
        (BOUGHT, True, False),
        ({"did_not": "Order Paid", "within": "1d"}, False, True),
        ({"not": BOUGHT}, False, True),
        ({"not": {"not": BOUGHT}}, True, False),
        ({"did": "Order Paid", "exactly": 1}, True, True),
        ({"did": "Order Paid", "sum": {"property": "total", "at_least": 5}}, True, True),
        ({"all": [BOUGHT, {"did_not": "Order Shipped"}]}, True, False),
        ({"any": [BOUGHT, {"not": {"did": "Order Paid", "at_least": 2}}]}, True, True),
        ({"sequence": [BOUGHT, {"did": "Order Shipped"}]}, True, False),
        ({"did": "Order Shipped"}, False, False),
    ],
)
def test_an_event_lets_in_or_out_only_where_more_of_it_can(
    where: dict[str, Any], lets_in: bool, lets_out: bool
):
    """More events of a lower bound only let in, of an upper bound only let out."""
    entering, leaving = listening(where).of_event(happened("Order Paid", total=1))

    assert (bool(entering), bool(leaving)) == (lets_in, lets_out)


def test_an_event_that_passes_no_filter_concerns_nobody():
    """Unless another part of the condition asks for it without one."""
    big = {"did": "Order Paid", "where": [{"property": "total", "above": 100}]}
    gift = {"did": "Order Paid", "where": [{"property": "gift", "is": True}]}
    index = listening(big, {"any": [big, gift]}, {"all": [big, {"did": "Order Paid"}]})

    assert index.of_event(happened("Order Paid", total=50))[0] == {2}
    assert index.of_event(happened("Order Paid", total=150))[0] == {0, 1, 2}
    assert index.of_event(happened("Order Paid", total=1, gift=True))[0] == {1, 2}


def test_a_trait_concerns_those_who_ask_for_it_both_ways():
    """Another value can let in and let out."""
    index = listening({"trait": "city", "is": "上海"}, BOUGHT)

    assert index.of_event(happened("$identify", {"city": "北京"})) == (frozenset({0}),) * 2


def test_facts_beside_the_log_concern_those_who_name_them():
    """By tag, journey, identifiers and touch; an address event concerns who asks for reach."""
    index = listening(
        {"tag": "orders", "above": 1}, {"top": 5, "by": "orders"}, {"journey": "care"},
        {"reachable": "email"}, {"device": "os", "is": "iOS"},
    )  # fmt: skip

    assert index.of_facts(Mentions(tags=frozenset({"orders"}))) == {0, 1}
    assert index.of_facts(Mentions(journeys=frozenset({"care", "other"}))) == {2}
    assert index.of_facts(Mentions(identifiers=True)) == {3}
    assert index.of_facts(Mentions(touch=True)) == {4}
    assert index.of_event(happened("Address Suppressed")) == (frozenset({3}),) * 2
    assert index.timed == {0, 1}
