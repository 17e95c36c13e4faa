"""What publishing would mean for people in flight is known before it is done."""

from __future__ import annotations

import pytest
from tests.integration.journeys import order_event, rows
from tests.integration.people import BRAND, identify, log, project_all

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput
from huiliu.kernel.texts import render
from huiliu.ports.world import World
from huiliu.services import in_flight
from huiliu.services.in_flight import ask_in_flight
from huiliu.services.publish import publish


def fork(city: str, wait: str = "wait") -> str:
    """Return a journey that waits, then parts people by their city."""
    return dump(
        {
            "huiliu": 1, "kind": "journey", "slug": "fork", "name": {"en": f"Fork {city}"},
            "entry": {"event": "Order Paid", "key": "order_id"},
            "start": wait,
            "nodes": {
                wait: {"type": "wait", "for": "2d", "next": "ask"},
                "ask": {
                    "type": "branch",
                    "ways": [{"when": {"trait": "city", "is": city}, "next": "there"}],
                    "else": "elsewhere",
                },
                "there": {"type": "exit", "reason": "there"},
                "elsewhere": {"type": "exit", "reason": "elsewhere"},
            },
        }
    )  # fmt: skip


@pytest.fixture
def busy(world: World) -> World:
    """Give a world with four people in flight, three of them in Shanghai."""
    publish(world, BRAND, fork("上海"), "test")
    for who, city in (("ada", "上海"), ("ben", "上海"), ("cyd", "上海"), ("dan", "北京")):
        log(world, identify(f"user_id:{who}", city=city),
            order_event("Order Paid", f"o-{who}", who=who))  # fmt: skip
    project_all(world)
    return world


def test_it_is_said_who_would_take_which_way(busy: World) -> None:
    """People are counted where their ways part: before in their version, after in the new one."""
    found = ask_in_flight(busy, BRAND, fork("北京"))

    assert (found.n_in_flight, found.version, found.is_estimate) == (4, 1, False)
    assert [(one.node, one.to, one.n_before, one.n_after) for one in found.routes] == [
        ("ask", "elsewhere", 1, 3), ("ask", "there", 3, 1),
    ]  # fmt: skip
    assert "北京" in render(found.routes[1].said, "en")
    assert rows(busy, "select count(*), min(version), max(version) from journey_runs") == [
        (4, 1, 1)
    ]


def test_people_at_a_node_that_is_gone_are_counted_with_a_proposal(busy: World) -> None:
    """A node of another name that is alike is proposed, and people are followed from there."""
    found = ask_in_flight(busy, BRAND, fork("上海", wait="pause"))

    (place,) = found.places
    assert (place.node, place.n_runs, place.is_gone, place.proposed) == ("wait", 4, True, "pause")
    assert found.n_gone == 4
    assert [(one.to, one.n_before, one.n_after) for one in found.routes] == [
        ("there", 3, 3), ("elsewhere", 1, 1),
    ]  # fmt: skip
    assert [render(one.sentence(), "en") for one in found.changes] == [
        "Node wait is now called pause"
    ]


def test_of_many_people_a_fair_choice_is_stepped_and_scaled(
    busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers are those of all people, and it is said that they are an estimate."""
    monkeypatch.setattr(in_flight, "_MOST", 2)

    found = ask_in_flight(busy, BRAND, fork("广州"))

    assert (found.is_estimate, found.n_in_flight) == (True, 4)
    assert [(one.to, one.n_after) for one in found.routes if one.n_after] == [("elsewhere", 4)]


def test_events_that_nobody_asked_for_before_are_known_when_it_is_asked(busy: World) -> None:
    """A new version may ask for facts that were never kept: they are read from the log first."""
    log(busy, order_event("Coupon Received", "x", who="ada"))
    project_all(busy)
    asks = fork("上海").replace("trait: city\n          is: 上海", "did: Coupon Received")
    assert "Coupon Received" in asks

    found = ask_in_flight(busy, BRAND, asks)

    assert {one.to: one.n_after for one in found.routes} == {"there": 1, "elsewhere": 3}


def test_a_document_with_faults_is_told_before_anything_is_counted(busy: World) -> None:
    """All problems come with their lines."""
    with pytest.raises(BadInput) as fault:
        ask_in_flight(busy, BRAND, fork("上海").replace("next: ask", "next: nowhere"))
    assert [one.path for one in fault.value.problems] == ["nodes.wait.next"]
