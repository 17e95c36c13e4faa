"""Shops in the console and behind a key: connect, test, map, pause, and what is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.shops.shopping import Street, street

from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.sources.shops import PLATFORMS
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def shop(world: World, clock: SimulatedClock, tmp_path: Path) -> Iterator[Street]:
    """Give a street with one connected WooCommerce shop."""
    with street(world, clock, tmp_path, "woocommerce") as found:
        yield found


@pytest.fixture
def admin(shop: Street, tmp_path: Path) -> Visitor:
    """Return an administrator in front of the console."""
    return signed_in(shop.world, tmp_path)


def server(shop: Street, folder: Path) -> tuple[Visitor, tuple[str, str]]:
    """Return a caller of the API and its key."""
    _, key = create_key(shop.world, 1, "erp", "api")
    return visitor(shop.world, folder), (key, "")


def test_the_list_shows_every_platform_and_how_well_it_is_known(admin: Visitor) -> None:
    """Nobody takes what was written from memory for something tried."""
    page = admin.get("/shops/new").text

    for one in PLATFORMS.values():
        assert f'href="/shops/new?platform={one.name}"' in page
    assert "from memory: verify before use" in page


def test_a_page_shows_the_address_the_backlog_and_no_secret(admin: Visitor, shop: Street) -> None:
    """What an operator needs, and nothing that opens the shop."""
    shop.fake.order()
    shop.deliver(shop.fake.take())
    page = admin.get("/shops/woocommerce/main").text
    edit = admin.get("/shops/woocommerce/main/edit").text

    assert shop.fake.notice_url in page
    assert "may mean shipped or delivered" in page
    for name in ("consumer_key", "consumer_secret", "webhook_secret"):
        assert shop.fake.config[name] not in page + edit


def test_a_shop_is_connected_by_the_form(admin: Visitor, shop: Street) -> None:
    """All problems at once, then it is there; left-out secrets are kept when it is changed."""
    form = {"csrf": token(admin, "/shops/new?platform=woocommerce"), "platform": "woocommerce"}
    wrong = admin.post("/shops/connect", data=form | {"name": "Not a slug", "days_back": "x"})
    fields = {f"field.{name}": value for name, value in shop.fake.config.items()}
    right = admin.post("/shops/connect", data=form | {"name": "second", **fields})
    changed = {"name": "second", "scope": "service", "field.url": shop.fake.config["url"]}
    again = admin.post("/shops/connect", data=form | changed)

    assert wrong.status_code == 422
    assert wrong.text.count("<code>") >= 5
    assert (right.status_code, again.status_code) == (303, 303)
    answer = admin.post("/shops/woocommerce/second/test", data={"csrf": form["csrf"]})
    assert shop.fake.url in answer.text


def test_a_platform_that_does_not_answer_is_told_so(admin: Visitor, shop: Street) -> None:
    """The test says what went wrong, in words."""
    shop.fake.down = 5
    form = {"csrf": token(admin, "/shops/woocommerce/main")}
    answer = admin.post("/shops/woocommerce/main/test", data=form)

    assert answer.status_code == 200
    assert "the platform does not answer" in answer.text


def test_words_are_mapped_by_the_form(admin: Visitor, shop: Street) -> None:
    """Known words, a shop's own, and a meaning that there is not."""
    form = {"csrf": token(admin, "/shops/woocommerce/main"), "status.completed": "delivered",
            "new_word": "at-door", "new_means": "out_for_delivery"}  # fmt: skip
    done = admin.post("/shops/woocommerce/main/statuses", data=form)
    wrong = admin.post("/shops/woocommerce/main/statuses", data=form | {"new_means": "eaten"})

    assert (done.status_code, wrong.status_code) == (303, 422)
    assert shop.view.state.connection.statuses == {
        "completed": "delivered", "at-door": "out_for_delivery",
    }  # fmt: skip


def test_a_paused_shop_takes_no_notice_and_finds_out_later(admin: Visitor, shop: Street) -> None:
    """Pausing stops everything; nothing is lost by it."""
    form = {"csrf": token(admin, "/shops/woocommerce/main")}
    admin.post("/shops/woocommerce/main/switch", data=form | {"to": "off"})
    shop.fake.order()
    assert shop.deliver(shop.fake.take()) == [404]
    assert shop.poll() == 0

    admin.post("/shops/woocommerce/main/switch", data=form | {"to": "on"})
    shop.later(60_000_000)
    shop.poll()

    assert shop.known() == shop.must()


def test_servers_do_the_same_behind_a_key(shop: Street, tmp_path: Path) -> None:
    """Every action of the pages has its twin."""
    client, key = server(shop, tmp_path)
    base = "/v1/shops/woocommerce/api-made"
    body = {"fields": shop.fake.config, "statuses": {"completed": "delivered"}, "days_back": 3}

    made = client.request("PUT", base, json=body, auth=key).json()
    mapped = client.request(
        "PUT", f"{base}/statuses", json={"statuses": {"completed": ""}}, auth=key
    ).json()
    tried = client.post(f"{base}/test", json={}, auth=key).json()
    off = client.request("PUT", f"{base}/state", json={"state": "paused"}, auth=key).json()
    client.post(f"{base}/poll", json={}, auth=key)
    listed = client.get("/v1/shops", auth=key).json()["shops"]
    known = client.get("/v1/shops/platforms", auth=key).json()["platforms"]
    bad = client.request("PUT", base, json={"fields": {"url": "ftp://x"}}, auth=key)
    gone = client.request("DELETE", base, auth=key).json()

    assert made["notices"].endswith("/v1/shops/woocommerce/api-made/notices")
    assert made["fields"]["webhook_secret"] == "…"
    assert {row["word"]: row["means"] for row in mapped["statuses"]}["completed"] == ""
    assert tried == {"shop": shop.fake.url}
    assert off["is_on"] is False
    assert {one["name"] for one in listed} == {"main", "api-made"}
    assert {one["platform"] for one in known} == set(PLATFORMS)
    assert (bad.status_code, gone) == (422, {"removed": True})


def test_another_brands_shop_cannot_be_reached(shop: Street) -> None:
    """The address names the brand, and the row must be of it."""
    shop.fake.order()
    [notice] = shop.fake.take()
    for door in ("2.main", "0.main", "99999.main", "main.main", "-"):
        path = f"/v1/shops/woocommerce/{door}/notices"
        answer = shop.http.post(path, content=notice.body, headers=dict(notice.headers))
        assert answer.status_code == 404, door
