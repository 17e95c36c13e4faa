"""Pages and twins of products and destinations, without a browser: shown, kept and refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.forwarding.receiving import connect, forward_all, reaching
from tests.integration.outbox import did, someone
from tests.integration.people import BRAND, event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.fakes.receiver import Received, Receiver, Reply
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import HOUR
from huiliu.ports.world import World
from huiliu.printers.export_folder import ExportFolder
from huiliu.services.create_key import create_key
from huiliu.services.destinations import show_destination
from huiliu.services.import_products import import_products
from huiliu.stores.clock import SimulatedClock

CSV = "product_id,name,price,stock,category\ncream,面霜,128,3,护肤\nbad,x,y,1,\n"


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a brand with a warehouse that may call this machine and write files."""
    with with_warehouse(world, tmp_path) as opened, reaching(opened) as reached:
        yield dataclasses.replace(reached, exports=ExportFolder(tmp_path / "exports"))


class Api:
    """Calls with a key."""

    def __init__(self, world: World, folder: Path) -> None:
        """Make a key."""
        self._client = visitor(world, folder)
        self._key = create_key(world, BRAND, "test", "api")[1]

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer's data."""
        answer = self._client.request(method, path, json=body, auth=(self._key, ""))
        return answer.json() | {"status": answer.status_code}


def form(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_the_catalogue_is_shown_searched_and_imported(shop: World, tmp_path: Path) -> None:
    """Empty, then with products; the preview says what is wrong with which line."""
    client = signed_in(shop, tmp_path)
    empty = client.get("/products").text
    csrf = token(client, "/people?lang=en")
    files = {"file": ("p.csv", CSV.encode())}
    seen = client.post("/products/preview", data={"csrf": csrf, "currency": "CNY"}, files=files)
    done = client.post("/products/import", data={"csrf": csrf, "currency": "CNY"}, files=files)
    listed = client.get(done.headers["location"]).text
    none = client.get("/products?q=nothing").text

    assert "No products yet" in empty
    assert "an amount such as 128" in seen.text
    assert "1 products are new" in listed
    assert "128.00 CNY" in listed
    assert "No product contains" in none
    broken = client.post("/products/import", data={"csrf": csrf}, files={"file": ("p", b"a,b\n")})
    assert broken.status_code == 422


def test_a_product_shows_its_history_and_who_cares(shop: World, tmp_path: Path) -> None:
    """And the rules that decide who is told."""
    client = signed_in(shop, tmp_path)
    import_products(shop, BRAND, CSV.encode(), currency="CNY")
    import_products(shop, BRAND, CSV.replace("128", "99").encode(), currency="CNY")
    ada = someone(shop)
    did(shop, ada, "Product Viewed", product_id="cream")
    settle(shop)

    shown = client.get("/products/cream").text
    people = client.get("/products/cream/people").text
    saved = form(client, "/products/rules", viewed_days="7")
    wrong = form(client, "/products/rules", viewed_days="-1")

    assert "99.00 CNY" in shown
    assert "price-option" in shown
    assert show_profile_id(ada) in people
    assert (saved.status_code, wrong.status_code) == (303, 422)
    assert client.get("/products/none").status_code == 404
    assert form(client, "/products/refresh").status_code == 303


def test_products_have_twins(shop: World, tmp_path: Path) -> None:
    """All problems of a batch with their places; nothing of it is stored then."""
    api = Api(shop, tmp_path)
    bad = api("PUT", "/v1/products", {"products": [{"product_id": "a", "price": 1}, {}]})
    good = api("PUT", "/v1/products", {
        "currency": "CNY",
        "products": [{"product_id": "a", "name": "A", "price": 12.5, "stock": 0}],
    })  # fmt: skip
    again = api("PUT", "/v1/products", {"products": [{"product_id": "a", "stock": 4}]})

    assert bad["status"] == 422
    assert [one["path"] for one in bad["problems"]] == [
        "products[0].price", "products[1].product_id",
    ]  # fmt: skip
    assert (good["new"], again["changed"], again["news"]) == (1, 1, 1)
    one = api("GET", "/v1/products/a")
    assert (one["price"], one["stock"]) == (12.5, 4)
    assert [(each["what"], each["to"]) for each in one["history"]] == [
        ("stock", 4), ("added", 12.5),
    ]  # fmt: skip
    assert api("GET", "/v1/products?q=a")["counts"]["live"] == 1
    assert api("GET", "/v1/products/a/interested")["people"] == []
    assert api("POST", "/v1/products/preview", {"csv": CSV, "currency": "CNY"})["new"] == 1
    assert (
        api("POST", "/v1/products/import", {"csv": CSV, "currency": "CNY"})["bad"][0]["line"] == 3
    )
    assert api("PUT", "/v1/catalogue", {"low_stock": 2})["rules"]["low_stock"] == 2
    assert api("PUT", "/v1/catalogue", {"sky": 2})["status"] == 422
    assert api("POST", "/v1/catalogue/refresh")["fault"] is None


def test_a_destination_is_set_up_tried_and_watched(
    shop: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """The secret once; the test's answer; what was given up; nothing of a secret afterwards."""
    client = signed_in(shop, tmp_path)
    assert "Nothing goes anywhere else" in client.get("/destinations").text
    assert client.get("/destinations/new").status_code == 200

    def answer(one: Received) -> Reply:
        """Refuse one event."""
        return Reply(400) if b'"Bad"' in one.body else Reply(204, body=b"")

    with Receiver(answer=answer) as receiver:
        typed = {
            "is_new": "1", "name": "crm", "format": "webhook", "url": receiver.url,
            "fields": "uid = id\nmail = trait:email", "events": "*", "sends.events": "1",
            "every": "1d", "give_up_after": "1h",
        }  # fmt: skip
        wrong = form(client, "/destinations/save", **(typed | {"fields": "uid = ?\nx"}))
        made = form(client, "/destinations/save", **typed)
        twice = form(client, "/destinations/save", **typed)
        tried = form(client, "/destinations/crm/test")
        log(shop, event("user_id:a", name="Bad"), event("user_id:b", name="Good"))
        forward_all(shop)
        clock.set(clock.now() + 2 * HOUR)
        forward_all(shop)
        shown = client.get("/destinations/crm").text
        form(client, "/destinations/crm/pause")
        paused = client.get("/destinations").text
        form(client, "/destinations/crm/resume")
        retried = form(client, "/destinations/crm/retry")
        edited = form(client, "/destinations/save", **(typed | {"is_new": "", "events": "Good"}))
        replayed = form(client, "/destinations/crm/replay", **{"from": "2026-11-22T00:00"})
        unclear = form(client, "/destinations/crm/replay", **{"from": "soon"})

    secret = show_destination(shop, BRAND, "crm").row.settings.secret
    assert (wrong.status_code, twice.status_code, unclear.status_code) == (422, 409, 422)
    assert secret in made.text
    assert secret not in shown + client.get("/destinations/crm/edit").text
    assert "the test was taken" in tried.text
    assert "HTTP 400" in shown
    assert "paused" in paused
    assert [one.status_code for one in (retried, edited, replayed)] == [303, 303, 303]
    assert show_destination(shop, BRAND, "crm").row.settings.events == ("Good",)
    assert form(client, "/destinations/crm/discard").status_code == 303
    assert form(client, "/destinations/crm/remove").status_code == 303
    assert client.get("/destinations/crm").status_code == 404
    assert "Saved a destination" in client.get("/actions").text


def test_a_file_of_contacts_is_taken_on_the_page(shop: World, tmp_path: Path) -> None:
    """What became of it is told at once."""
    client = signed_in(shop, tmp_path)
    with Receiver() as receiver:
        connect(shop, receiver, fields={"mail": "trait:email", "city": "trait:city"})
    csrf = token(client, "/people?lang=en")
    rows = b"mail,city\nada@x.example,Paris\n,Rome\n"
    taken = client.post(
        "/destinations/crm/contacts", data={"csrf": csrf}, files={"file": ("c.csv", rows)}
    )
    assert "1 contacts said something new" in taken.text


def test_destinations_have_twins(shop: World, tmp_path: Path, clock: SimulatedClock) -> None:
    """Everything that the pages do."""
    api = Api(shop, tmp_path)
    with Receiver() as receiver:
        made = api("PUT", "/v1/destinations/crm", {
            "format": "webhook", "url": receiver.url, "fields": {"uid": "id"}, "from": "start",
        })  # fmt: skip
        again = api("PUT", "/v1/destinations/crm", {"events": ["A*"]})
        tried = api("POST", "/v1/destinations/crm/test")
        log(shop, event("user_id:a", name="A"), event("user_id:a", name="B"))
        forward_all(shop)
        shown = api("GET", "/v1/destinations/crm")

    assert made["secret"].startswith("whsec_")
    assert again["secret"] is None
    assert tried["taken"]
    assert (shown["state"], shown["sent"], shown["backlog"]["events"]) == ("live", 2, 0)
    assert "secret" not in shown["settings"]
    assert shown["settings"]["events"] == ["A*"]
    assert len(api("GET", "/v1/destinations")["destinations"]) == 1
    assert api("PUT", "/v1/destinations/crm/state", {"state": "paused"})["state"] == "paused"
    assert api("PUT", "/v1/destinations/crm/state", {"state": "x"})["status"] == 422
    assert api("POST", "/v1/destinations/crm/replay", {"from": "start"})["next_offset"] == 0
    assert api("POST", "/v1/destinations/crm/retry")["retried"] == 0
    assert api("POST", "/v1/destinations/crm/discard")["discarded"] == 0
    assert api("POST", "/v1/destinations/crm/contacts", {"csv": "uid\nx\n"})["problems"]
    api("PUT", "/v1/destinations/files", {"format": "csv", "from": "start", "every": "1h"})
    clock.set(clock.now() + HOUR)
    forward_all(shop)
    (file,) = api("GET", "/v1/destinations/files")["files"]
    client = signed_in(shop, tmp_path)
    assert client.get(f"/destinations/files/files/{file['name']}").status_code == 200
    assert client.get("/destinations/files/files/no.csv").status_code == 404
    assert api("DELETE", "/v1/destinations/crm")["removed"]
    assert api("GET", "/v1/destinations/crm")["status"] == 404
