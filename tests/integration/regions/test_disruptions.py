"""Orders to a disrupted region are told of it once, and of its end if they are still open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from tests.integration.outbox import did, internal_events, someone
from tests.integration.people import BRAND, NOW
from tests.integration.test_segments_killed import Killed, _DeadlyStore
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.times import DAY, HOUR, MINUTE, show_instant
from huiliu.ports.world import World
from huiliu.services.regions import (
    NewDisruption,
    add_disruption,
    end_disruption,
    list_disruptions,
    state_of,
)
from huiliu.services.tell_regions import tell_regions
from huiliu.stores.clock import SimulatedClock

SHENZHEN = NewDisruption("深圳", "CN", note="台风")


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a brand with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def ordered(world: World, order: str, *names: str, region: str = "广东省/深圳市/南山区") -> int:
    """Let somebody's order come as far as its events say."""
    who = someone(world)
    for number, name in enumerate(names):
        did(world, who, name, NOW - DAY + number * HOUR, order_id=order, region=region,
            country="CN", platform="doudian", usage_scope="platform")  # fmt: skip
    return who


def told(world: World) -> list[tuple[str, str]]:
    """Tell all that is to be told, and return what was, in the log's order."""
    while tell_regions(world, 2):
        pass
    found = internal_events(world)
    return [
        (name.removeprefix("Order Region "), str(said["order_id"]))
        for name, said in found
        if name.startswith("Order Region ")
    ]


def test_open_orders_of_the_region_are_told_once(shop: World, clock: SimulatedClock) -> None:
    """Paid and shipped ones; not those elsewhere, not paid, or at an end."""
    ordered(shop, "paid", "Order Created", "Order Paid")
    ordered(shop, "shipped", "Order Paid", "Order Shipped")
    ordered(shop, "unpaid", "Order Created")
    ordered(shop, "there", "Order Paid", "Order Shipped", "Order Delivered")
    ordered(shop, "back", "Order Paid", "Order Refunded")
    part = ordered(shop, "part", "Order Paid")
    did(shop, part, "Order Refunded", NOW - HOUR, order_id="part", is_partial=True)
    ordered(shop, "elsewhere", "Order Paid", region="海南省/海口市")
    settle(shop)
    add_disruption(shop, BRAND, SHENZHEN, "test")

    first = told(shop)
    settle(shop)
    clock.set(NOW + 2 * MINUTE)

    assert first == [("Disrupted", name) for name in ("paid", "part", "shipped")]
    assert told(shop) == first
    [(_, said), *_] = [one for one in internal_events(shop) if one[0] == "Order Region Disrupted"]
    assert said == {
        "order_id": "paid", "region": "广东省/深圳市/南山区", "country": "CN",
        "platform": "doudian", "usage_scope": "platform", "disrupted_region": "深圳",
        "note": "台风", "from": show_instant(NOW), "disruption": said["disruption"],
    }  # fmt: skip
    assert list_disruptions(shop, BRAND)[0].n_orders == 3


def test_an_order_that_is_paid_later_is_found_by_the_next_look(
    shop: World, clock: SimulatedClock
) -> None:
    """While the disruption lasts."""
    add_disruption(shop, BRAND, SHENZHEN, "test")
    assert told(shop) == []
    ordered(shop, "later", "Order Created", "Order Paid")
    settle(shop)
    soon = told(shop)
    clock.set(NOW + 2 * MINUTE)

    assert soon == []
    assert told(shop) == [("Disrupted", "later")]


def test_the_end_is_told_to_those_that_still_wait(shop: World, clock: SimulatedClock) -> None:
    """An order that arrived meanwhile hears nothing; nor does one that nobody was told of."""
    ordered(shop, "waits", "Order Paid")
    ordered(shop, "arrives", "Order Paid")
    settle(shop)
    made = add_disruption(shop, BRAND, SHENZHEN, "test")
    assert len(told(shop)) == 2
    did(shop, someone(shop), "Order Delivered", NOW + HOUR, order_id="arrives")
    settle(shop)
    clock.set(NOW + 2 * HOUR)
    end_disruption(shop, BRAND, made.disruption_id)

    after = told(shop)
    clock.set(NOW + DAY)

    assert after[2:] == [("Cleared", "waits")]
    assert told(shop) == after
    [one] = list_disruptions(shop, BRAND)
    assert (state_of(one, NOW + DAY), one.due_at) == ("over", 0)


def test_a_planned_disruption_begins_and_ends_by_itself(shop: World, clock: SimulatedClock) -> None:
    """Nobody has to be there when it begins."""
    ordered(shop, "o1", "Order Paid")
    settle(shop)
    planned = replace(SHENZHEN, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    add_disruption(shop, BRAND, planned, "test")
    before = told(shop)
    clock.set(NOW + HOUR)
    during = told(shop)
    settle(shop)
    clock.set(NOW + 2 * HOUR)

    assert (before, during) == ([], [("Disrupted", "o1")])
    assert told(shop) == [("Disrupted", "o1"), ("Cleared", "o1")]


def test_one_that_ended_before_it_began_is_told_to_nobody(
    shop: World, clock: SimulatedClock
) -> None:
    """Whoever planned it thought better of it."""
    ordered(shop, "o1", "Order Paid")
    settle(shop)
    made = add_disruption(shop, BRAND, replace(SHENZHEN, starts_at=NOW + HOUR), "test")
    end_disruption(shop, BRAND, made.disruption_id)
    clock.set(NOW + DAY)

    assert told(shop) == []


def test_each_is_told_once_wherever_the_process_dies(shop: World, clock: SimulatedClock) -> None:
    """Killed before every call and commit, of beginning and end."""
    for number in range(3):
        ordered(shop, f"o{number}", "Order Paid")
    settle(shop)
    made = add_disruption(shop, BRAND, SHENZHEN, "test")
    points = killed_everywhere(shop) | killed_everywhere(shop)
    began = told(shop)
    settle(shop)
    clock.set(NOW + HOUR)
    end_disruption(shop, BRAND, made.disruption_id)
    points |= killed_everywhere(shop)

    assert {"regions.catch", "regions.take", "regions.clear", "log.append", "commit"} <= points
    assert began == [("Disrupted", f"o{number}") for number in range(3)]
    assert told(shop) == began + [("Cleared", f"o{number}") for number in range(3)]


def test_what_makes_no_sense_is_refused_with_every_reason(shop: World) -> None:
    """Nothing is written."""
    with pytest.raises(BadInput) as refused:
        add_disruption(
            shop, BRAND, NewDisruption(" / ", "CHN", ends_at=NOW - 1, note="x" * 201), "test"
        )

    assert [one.path for one in refused.value.problems] == ["region", "country", "until", "note"]
    assert list_disruptions(shop, BRAND) == []
    with pytest.raises(NotFound):
        end_disruption(shop, BRAND, 7)


def killed_everywhere(world: World) -> set[str]:
    """Tell, killed at every call in turn, until it comes through; return where it was killed."""
    points: set[str] = set()
    for at in count(1):
        store = _DeadlyStore(world.store, at)
        try:
            tell_regions(replace(world, store=store), 2)
        except Killed:
            points.add(store.labels[-1])
        else:
            return points
    raise AssertionError("unreachable")
