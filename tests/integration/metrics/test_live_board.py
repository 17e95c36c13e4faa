"""The live board counts what just happened, and every number opens its events."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in
from tests.integration.journeys import order_event
from tests.integration.people import BRAND, NOW, event, log, person
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.live_board import live_board, live_events
from huiliu.services.message_events import internal_event


def _happen(world: World) -> None:
    """Let two people do this and that, some of it long ago."""
    app = {"channel": "app"}
    log(
        world,
        event("user_id:ada", name="Product Viewed", at=NOW - MINUTE, context=app),
        event("user_id:ada", name="Product Added", at=NOW - MINUTE, context=app),
        event("user_id:bob", name="Product Viewed", at=NOW - 50 * MINUTE, context=app),
        event("user_id:bob", name="Product Viewed", at=NOW - 2 * DAY, context=app),
        order_event("Order Paid", "o1", who="ada", at=NOW - MINUTE, total=90.5, currency="CNY",
                    channel="app"),
    )  # fmt: skip
    settle(world)
    ada = person(world, "user_id:ada")
    said = {"message_id": "m1", "channel": "email"}
    log(
        world,
        internal_event(BRAND, ada, "Message Opened", said, NOW - MINUTE, "a"),
        internal_event(BRAND, ada, "Message Opened", said | {"machine": True}, NOW - MINUTE, "b"),
    )
    settle(world)


def test_tiles_count_what_happened_in_their_window(world: World, tmp_path: Path) -> None:
    """Each event in every tile that it is of; what machines opened in none."""
    with with_warehouse(world, tmp_path) as opened:
        _happen(opened)
        hour = {one.name: one for one in live_board(opened, BRAND, 60).tiles}
        quarter = {one.name: one for one in live_board(opened, BRAND, 15).tiles}
        paid = live_events(opened, BRAND, "paid", 60)
        with pytest.raises(NotFound):
            live_events(opened, BRAND, "magic", 60)

    assert (hour["visits"].n, hour["visits"].people) == (3, 2)
    assert hour["visits"].by_channel["app"] == 3
    assert (hour["carts"].n, hour["opened"].n) == (1, 1)
    assert (hour["paid"].n, hour["paid"].amount) == (1, 90.5)
    assert quarter["visits"].people == 1
    assert sum(hour["visits"].line) == 3
    assert len(hour["visits"].line) == 30
    assert [(one.said["order_id"], one.amount) for one in paid] == [("o1", 90.5)]


def test_the_board_is_seen_in_the_console_and_by_servers(world: World, tmp_path: Path) -> None:
    """Its numbers lead to events, those to people and messages; the same behind a key."""
    with with_warehouse(world, tmp_path) as opened:
        _happen(opened)
        client, key = signed_in(opened, tmp_path), create_key(opened, BRAND, "test", "api")[1]

        assert 'hx-get="/live-board/tiles?minutes=15"' in client.get("/live-board?minutes=15").text
        tiles = client.get("/live-board/tiles?minutes=60").text
        assert 'href="/live-board/paid?minutes=60"' in tiles
        assert "90.5 CNY" in tiles
        events = client.get("/live-board/opened?minutes=60&channel=email").text
        assert "/messages/m1" in events
        assert "/people/p_" in events
        assert "Nothing happened" in client.get("/live-board/failed").text
        assert client.get("/live-board/magic").status_code == 404
        told = client.get("/v1/live-board?minutes=60", auth=(key, "")).json()
        assert next(one for one in told["tiles"] if one["tile"] == "paid")["n"] == 1
        listed = client.get("/v1/live-board/carts", auth=(key, "")).json()["events"]
        assert [one["event"] for one in listed] == ["Product Added"]
        assert client.get("/v1/live-board?minutes=7", auth=(key, "")).status_code == 422
