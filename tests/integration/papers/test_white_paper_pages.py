"""White papers in the console and for servers: asked for, listed, read, fetched, and for whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import BRAND
from tests.integration.console.visiting import signed_in, token, visitor
from tests.integration.people import event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.times import DAY, as_instant
from huiliu.ports.world import World
from huiliu.printers.paper_folder import PaperFolder
from huiliu.printers.white_paper import Printer
from huiliu.services.create_key import create_key
from huiliu.services.white_paper import SECTIONS
from huiliu.services.white_papers import make_white_papers

_JULY = as_instant("2026-07-10T04:00:00Z") or 0


@pytest.fixture
def house(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a world with a warehouse, a press and a few orders; its papers have two sections."""
    kept = {name: SECTIONS[name] for name in ("summary", "method")}
    monkeypatch.setattr("huiliu.services.white_paper.SECTIONS", kept)
    with with_warehouse(world, tmp_path) as opened:
        made = replace(opened, press=Printer(), archive=PaperFolder(tmp_path / "papers"))
        events = [
            event(f"user_id:u{who}", name="Order Paid", at=_JULY + who * DAY,
                  properties={"order_id": f"o{who}", "total": 90, "currency": "CNY"})
            for who in range(12)
        ]  # fmt: skip
        log(made, *events)
        settle(made)
        yield made


def test_a_paper_is_asked_for_made_read_and_fetched(house: World, tmp_path: Path) -> None:
    """The whole way on the pages: a form, a list that waits, a page with pictures, the file."""
    client = signed_in(house, tmp_path)
    csrf = token(client, "/people?lang=en")
    assert "No white paper yet" in client.get("/white-papers").text
    wrong = client.post("/white-papers", data={"csrf": csrf, "quarter": "2099Q1", "locale": "en"})
    assert wrong.status_code == 422
    assert "2099Q1 has not begun yet." in wrong.text

    asked = client.post("/white-papers", data={"csrf": csrf, "quarter": "2026Q3", "locale": "en"})
    assert asked.status_code == 303
    waiting = client.get("/white-papers/state").text
    assert "Waiting" in waiting
    assert "every 2s" in waiting
    assert make_white_papers(house, 1) == 1
    ready = client.get("/white-papers/state").text
    assert "every 2s" not in ready
    number = ready.split('href="/white-papers/')[1].split('"')[0]

    read = client.get(f"/white-papers/{number}").text
    assert "Summary" in read
    assert "¥1,080" in read
    assert 'data-option="chart-1"' in read
    file = client.get(f"/white-papers/{number}/file")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content[:5] == b"%PDF-"
    assert client.get("/white-papers/999").status_code == 404
    assert client.get("/white-papers/x").status_code == 404
    assert "Asked for a white paper" in client.get("/actions").text


def test_servers_do_the_same_with_a_key(house: World, tmp_path: Path) -> None:
    """Asked, listed, read as data, fetched as the very file that its sum names."""
    client = visitor(house, tmp_path)
    key = (create_key(house, BRAND, "board", "api")[1], "")
    refused = client.post("/v1/white-papers", json={"quarter": "Q3"}, auth=key)
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["path"] == "quarter"

    asked = client.post("/v1/white-papers", json={"quarter": "2026Q3"}, auth=key).json()
    assert (asked["state"], asked["locale"]) == ("asked", "zh-CN")
    address = f"/v1/white-papers/{asked['id']}"
    assert client.get(f"{address}/file", auth=key).status_code == 404
    assert make_white_papers(house, 1) == 1

    told = client.get(address, auth=key).json()
    assert told["paper"]["sections"][0]["name"] == "summary"
    made = client.get(f"{address}/file", auth=key).content
    assert hashlib.sha256(made).hexdigest() == told["sha256"]
    listed = client.get("/v1/white-papers", auth=key).json()["white_papers"]
    assert [one["id"] for one in listed] == [asked["id"]]


def test_readers_read_and_do_not_ask(house: World, tmp_path: Path) -> None:
    """Who may only read gets no form, and a form of theirs is refused."""
    client = signed_in(house, tmp_path, "viewer")
    csrf = token(client, "/white-papers?lang=en")

    assert 'name="quarter"' not in client.get("/white-papers").text
    form = {"csrf": csrf, "quarter": "2026Q3", "locale": "en"}
    assert client.post("/white-papers", data=form).status_code == 403
