"""What a journey gives a person is there for whoever asks: tags, lists, and their segments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from msgspec import Raw
from tests.integration.journeys import order_event
from tests.integration.people import BRAND, NOW, event, log, person
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import DAY, SECOND
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.publish import publish
from huiliu.services.refresh_tags import refresh_due, refresh_tags
from huiliu.stores.clock import SimulatedClock

CLUB = dump({
    "huiliu": 1, "kind": "tag", "slug": "club", "name": {"en": "Club"},
    "definition": {"en": "The club that a journey put the person into."}, "category": "other",
    "type": "text", "value": {"given": {"tag": "club"}},
})  # fmt: skip
COUNTED = dump({
    "huiliu": 1, "kind": "tag", "slug": "orders-paid", "name": {"en": "Orders"},
    "definition": {"en": "How many orders were paid."}, "category": "purchase",
    "type": "number", "value": {"count": {"of": "purchases"}},
})  # fmt: skip


def journey(
    value: str, slug: str = "giver", event_name: str = "Order Paid", tag: str = "club"
) -> str:
    """Return a journey that gives a tag its value."""
    return (
        f"huiliu: 1\nkind: journey\nslug: {slug}\nname: {{en: J}}\n"
        f"entry: {{event: {event_name}, key: order_id}}\nnodes:\n"
        f"  give: {{type: set_tag, tag: {tag}, value: {value}, next: done}}\n"
        "  done: {type: exit}\n"
    )


@pytest.fixture
def kept(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse, a tag that is given and one that is counted."""
    with with_warehouse(world, tmp_path) as opened:
        log(
            opened,
            order_event("Order Created", "o0"),
            order_event("Order Created", "o9", who="ben"),
        )
        settle(opened)
        for source in (CLUB, COUNTED):
            publish(opened, BRAND, source, "test")
        refresh_tags(opened, BRAND)
        yield opened


def run(world: World) -> None:
    """Project and advance until nothing moves."""
    settle(world)
    while advance(world):
        settle(world)


def values(world: World) -> dict[object, object]:
    """Return the tag's values that the warehouse holds, by person."""
    found = rows(world, "select profile_id, value from tags where tag = 'club'")
    return {one["profile_id"]: bytes(cast("Raw", one["value"])) for one in found}


def test_a_tag_that_a_journey_gives_is_there_soon(kept: World, clock: SimulatedClock) -> None:
    """The node's event makes the tag due, and its newest value counts; null takes it away."""
    publish(kept, BRAND, journey("{entry: level}"), "test")
    publish(kept, BRAND, journey("null", "taker", "Order Refunded"), "test")
    paid = order_event("Order Paid", "o1", level="silver")
    log(kept, paid, order_event("Order Paid", "o3", who="ben", level=7))
    run(kept)
    clock.set(NOW + SECOND)
    log(kept, order_event("Order Paid", "o2", at=NOW + SECOND, level="gold"))
    run(kept)

    assert refresh_due(kept) == 1
    ada = person(kept, "user_id:ada")
    assert values(kept) == {ada: b'"gold"'}

    clock.set(NOW + DAY)
    log(kept, order_event("Order Refunded", "o2", at=NOW + DAY))
    run(kept)
    clock.set(NOW + DAY + SECOND)
    refresh_due(kept)
    assert values(kept) == {}


def test_nobody_but_a_journey_gives_such_a_tag(kept: World, clock: SimulatedClock) -> None:
    """A page in a browser that sends the same event is not believed."""
    claim = {"tag": "club", "value": "gold"}
    log(kept, event("user_id:ada", name="Tag Set", at=NOW, properties=claim))
    run(kept)
    clock.set(NOW + 2 * DAY)
    refresh_due(kept)

    assert values(kept) == {}


def test_a_tag_that_is_computed_cannot_be_given(kept: World) -> None:
    """Nor one that there is not."""
    for tag, key in (
        ("orders-paid", "journeys.computed_tag"),
        ("nothing", "conditions.unknown_tag"),
    ):
        with pytest.raises(BadInput) as refused:
            publish(kept, BRAND, journey("1", tag=tag), "test")
        assert [problem.text.key for problem in refused.value.problems] == [key]
