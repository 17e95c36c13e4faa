"""The stock Segment SDK for Python works by changing its host."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from segment.analytics import Client

from huiliu.ports.world import World
from huiliu.roles.web import WebServer
from huiliu.services.create_key import create_key
from huiliu.web.api.collect import Collect


async def nothing_else(scope: Any, receive: Any, send: Any) -> None:
    """Answer nothing but the server's own life."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture
def host(world: World) -> Iterator[str]:
    """Serve the tracking API on a port of its own."""
    server = WebServer(Collect(nothing_else, world), "127.0.0.1", 0)
    server.start()
    yield server.address
    server.stop()


@pytest.mark.parametrize("packed", [False, True])
def test_every_call_of_the_python_sdk_arrives(world: World, host: str, packed: bool) -> None:
    """Six calls, in batches, packed or not; nothing is refused, nothing comes twice."""
    shown = create_key(world, 1, "server", "collect")[1]
    errors: list[object] = []
    client = Client(
        shown, host=host, gzip=packed, max_retries=1, timeout=30,
        on_error=lambda fault, _: errors.append(fault),
    )  # fmt: skip
    happened = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)

    client.identify("lin", {"email": "lin@example.com", "城市": "上海"}, timestamp=happened)
    client.track("lin", "Order Paid", {"order_id": "O-1", "total": 99.5}, timestamp=happened)
    client.page("lin", "shop", "首页", {"url": "https://shop.example/"})
    client.screen("lin", "app", "Cart", {})
    client.group("lin", "g-1", {"name": "团购 3 群"})
    client.alias("a-1", "lin")
    client.flush()
    client.join()

    assert errors == []
    with world.store.system() as tx:
        events = tx.log.read(0, 0, 100)
    assert [event.name for event in events] == [
        "$identify", "Order Paid", "$page", "$screen", "$group", "$alias",
    ]  # fmt: skip
    body = json.loads(events[0].body)
    assert body["traits"]["城市"] == "上海"
    assert body["traits"]["email"].startswith("vlt_")
    assert body["context"]["library"]["name"] == "analytics-python"
