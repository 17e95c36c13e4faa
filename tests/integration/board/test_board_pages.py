"""Content, communities and live sessions in the console and over the API: the same services."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.board.test_content import NOTE, PERSON, PNG
from tests.integration.board.test_live_sessions import SESSION
from tests.integration.console.visiting import Visitor, sign_in, signed_in, token, visitor
from tests.integration.journeys import order_event
from tests.integration.outbox import Recorder, with_providers
from tests.integration.people import BRAND, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services.create_key import create_key


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a world with a warehouse and a carrier."""
    with with_warehouse(world, tmp_path) as opened:
        yield with_providers(opened, Recorder())


def send(client: Visitor, path: str, files: Any = None, **typed: str) -> Any:
    """Send a form and return the answer."""
    data = {"csrf": token(client, "/people?lang=en"), **typed}
    return client.post(path, data=data, files=files)


def test_a_card_goes_over_the_board_by_its_own_form(house: World, tmp_path: Path) -> None:
    """From the plan to results, with a file, a clash, and the words of what is in the way."""
    client = signed_in(house, tmp_path)
    wrong = send(client, "/content", **{**NOTE, "platform": "myspace", "title": ""})
    made = send(client, "/content", **NOTE)
    piece = made.headers["location"].partition("?")[0]
    send(client, "/content", **{**NOTE, "title": "The <other>"})
    page = client.get(piece).text
    file = send(client, f"{piece}/materials", {"file": ("cover.png", PNG)}, name="cover.png")
    bad = send(client, f"{piece}/materials", {"file": ("x.svg", b"<svg/>")}, name="x.svg")
    early = send(client, f"{piece}/move", state="measured", **{"from": "board"})
    lost = send(client, f"{piece}/move", state="published", post_url="no <address>")
    done = send(client, f"{piece}/move", state="published", post_url="https://xhs.example/1")
    noted = send(client, f"{piece}/outcomes", views="1.2万", likes="600", revenue="99", day="")
    odd = send(client, f"{piece}/outcomes", views="many", likes="61", currency="EUR")
    board = client.get("/content").text
    after = client.get(piece).text

    assert wrong.status_code == 422
    assert "Say in a few words" in wrong.text
    assert "The &lt;other&gt;" in page
    assert "On the same day" in page
    assert (file.status_code, bad.status_code, early.status_code) == (303, 422, 422)
    assert (done.status_code, noted.status_code, odd.status_code) == (303, 303, 422)
    assert all(f'value="{said}"' in odd.text for said in ("many", "61", "EUR"))
    assert "It cannot go from Planned to Measured." in early.text
    assert 'value="no &lt;address&gt;"' in lost.text
    assert "Clashes with 1" in board
    assert "5.0%" in after or "5%" in after
    assert "12,000" in after
    picture = re.search(r'src="(/content/[^"]+/materials/[^"]+)"', after)
    assert picture is not None
    shown = client.get(picture[1])
    assert shown.content == PNG
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert send(client, f"{picture[1]}/remove").status_code == 303
    assert client.get(picture[1]).status_code == 404


def test_two_editors_of_a_piece_do_not_overwrite_each_other(house: World, tmp_path: Path) -> None:
    """The second sees what the first made of it, and keeps what was typed."""
    client = signed_in(house, tmp_path)
    piece = send(client, "/content", **NOTE).headers["location"].partition("?")[0]

    first = send(client, piece, **{**NOTE, "title": "First", "version": "1"})
    second = send(client, piece, **{**NOTE, "title": "Second", "version": "1"})

    assert (first.status_code, second.status_code) == (303, 409)
    assert "changed it meanwhile" in second.text
    assert 'value="Second"' in second.text


def test_tables_and_reports_have_their_page(house: World, tmp_path: Path) -> None:
    """A good table is counted, strangers are named, a bad one is told by line."""
    client = signed_in(house, tmp_path)
    send(client, "/content", **NOTE)
    good = send(
        client, "/content/import", {"file": ("t.csv", b"code,views\nAM20,3000\nXX,1\n")},
        kind="content", day="",
    )  # fmt: skip
    bad = send(client, "/content/import", {"file": ("t.csv", b"code,views\nAM20,lots\n")})
    empty = client.get("/content/report?days=30").text

    assert "Wrote down 1 rows" in good.text
    assert "Line 3" in good.text
    assert (bad.status_code, "lots" in bad.text) == (422, True)
    assert "3,000" in empty


def test_communities_have_their_pages(house: World, tmp_path: Path) -> None:
    """Added, changed, planned for and forgotten."""
    client = signed_in(house, tmp_path)
    empty = client.get("/groups").text
    wrong = send(client, "/groups", slug="A b", name="")
    made = send(
        client, "/groups", slug="vip", name="VIP & co", platform="qq_group", owner="an",
        size="120", most="200", state="open",
    )  # fmt: skip
    page = client.get("/groups/vip").text
    bad = send(client, "/groups", slug="vip", name="VIP", platform="qq_group", size="-3",
               **{"from": "one"})  # fmt: skip
    planned = send(client, "/content", **{**NOTE, "groups.vip": "1"})
    listed = client.get("/groups").text
    gone = send(client, "/groups/vip/remove")

    assert "No communities yet" in empty
    assert (wrong.status_code, made.status_code, bad.status_code) == (422, 303, 422)
    assert "VIP &amp; co" in page
    assert planned.status_code == 303
    assert "1 communities, 120 people" in listed
    assert gone.status_code == 303
    assert client.get("/groups/vip").status_code == 404


def test_a_live_session_is_written_built_and_read(house: World, tmp_path: Path) -> None:
    """From the first draft to the curve; what is wrong keeps what was typed."""
    client = signed_in(house, tmp_path)
    draft = client.get("/live-sessions/new").text
    wrong = send(client, "/live-sessions", source=SESSION.replace("minutes: 60", "minutes: 0"))
    made = send(client, "/live-sessions", source=SESSION, version="0")
    again = [
        send(client, "/live-sessions", source=f"{SESSION}note: {word}\n", slug="office-skin",
             version="1").status_code
        for word in ("first", "second")
    ]  # fmt: skip
    before = client.get("/live-sessions/office-skin").text
    built = send(client, "/live-sessions/office-skin/build")
    page = client.get("/live-sessions/office-skin").text
    code = client.get("/live-sessions/office-skin/code.svg")
    house.clock.advance(5 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    sign_in(client)
    log(house, order_event("Order Paid", "a", at=house.clock.now() - 2 * DAY, total=3, coupon="x"))
    settle(house)
    curve = client.get("/live-sessions/office-skin/curve").text
    noted = send(client, "/live-sessions/office-skin/outcomes", views="100", peak="40")
    odd = send(client, "/live-sessions/office-skin/outcomes", views="?", peak="12")

    assert "huiliu: 1" in draft
    assert (wrong.status_code, made.status_code, again) == (422, 303, [303, 409])
    assert "1 to 1440" in wrong.text
    assert "Nobody can book it yet" in before
    assert built.status_code == 303
    assert "/journeys/live-office-skin" in page
    assert code.headers["content-type"] == "image/svg+xml"
    assert "No orders yet" in curve
    assert (noted.status_code, odd.status_code) == (303, 422)
    assert 'value="12"' in odd.text
    assert send(client, "/live-sessions/office-skin/remove").status_code == 303
    assert client.get("/live-sessions/office-skin").status_code == 404
    assert "No live sessions yet" in client.get("/live-sessions").text


def test_who_only_looks_changes_nothing(house: World, tmp_path: Path) -> None:
    """A viewer reads every page and may send no form of them."""
    client = signed_in(house, tmp_path, "viewer")

    for path in ("/content", "/content/report", "/groups", "/live-sessions"):
        assert client.get(path).status_code == 200
    for path in ("/content", "/groups", "/live-sessions"):
        assert send(client, path, **NOTE).status_code == 403
    assert client.get("/content/new").status_code == 403


def test_a_link_leads_on_and_is_counted_once_in_a_while(house: World, tmp_path: Path) -> None:
    """HEAD counts nothing, one address not without end, and nobody gets a cookie."""
    client = signed_in(house, tmp_path)
    piece = send(client, "/content", **NOTE).headers["location"].partition("?")[0]
    link = re.search(r'value="https://huiliu.example(/g/[^"]+)"', client.get(piece).text)
    assert link is not None
    stranger = visitor(house, tmp_path)
    for _ in range(70):
        answer = stranger.get(link[1], headers=PERSON)
    stranger.request("HEAD", link[1], headers=PERSON)

    assert answer.status_code == 302
    assert answer.headers["location"].startswith("https://shop.example/p?x=1&utm_source=xiaoh")
    assert "set-cookie" not in answer.headers
    assert "<dd>60" in client.get(piece).text
    assert stranger.get("/g/zzzzzzzz").status_code == 404


class Api:
    """Calls with a key."""

    def __init__(self, world: World, folder: Path) -> None:
        """Make a key."""
        self._client = visitor(world, folder)
        self._key = create_key(world, BRAND, "test", "api")[1]

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer's data."""
        answer = self._client.request(method, path, json=body, auth=(self._key, ""))
        is_json = answer.headers["content-type"].startswith("application/json")
        return (answer.json() if is_json else {}) | {"status": answer.status_code}


def test_servers_do_the_same_with_content(house: World, tmp_path: Path) -> None:
    """Plan, change, attach, move, measure, report; bad bodies are told and not crashed on."""
    api = Api(house, tmp_path)
    api("PUT", "/v1/groups/vip", {"name": "VIP", "platform": "qq_group", "owner": "an"})
    [row] = api("POST", "/v1/content", {**NOTE})["content"]
    two = api("POST", "/v1/content", {**NOTE, "groups": ["vip"]})
    at = f"/v1/content/{row['id']}"
    changed = api("PUT", at, {"title": "New", "version": 1})
    data = base64.b64encode(PNG).decode()
    file = api("POST", f"{at}/materials", {"name": "a.png", "data": data})
    moved = api("PUT", f"{at}/state", {"state": "published", "post_url": "https://x.example"})
    noted = api("POST", f"{at}/outcomes", {"views": 100, "likes": 7, "day": "2026-11-20"})
    table = api("POST", "/v1/content/outcomes", {"table": f"id,saves\n{row['id']},3\n"})
    report = api("GET", "/v1/content/report")
    shown = api("GET", at)

    assert two["content"][0]["assignee"] == "lin"
    assert (changed["title"], changed["code"], changed["due"]) == ("New", "AM20", row["due"])
    assert file["type"] == "image/png"
    assert moved["state"] == "published"
    assert noted["figures"] == {"views": 100, "likes": 7}
    assert table["noted"] == [row["id"]]
    assert report["platforms"][0]["figures"] == {"saves": 3}
    assert (shown["state"], len(shown["outcomes"])) == ("measured", 2)
    assert api("GET", f"{at}/materials/{file['id']}")["status"] == 200
    assert api("DELETE", f"{at}/materials/{file['id']}")["removed"]
    assert api("GET", "/v1/content?platform=qq_group")["counts"] == {"planned": 1}
    assert len(api("GET", "/v1/groups/vip")["posts"]) == 1
    assert api("DELETE", "/v1/groups/vip")["removed"]
    assert api("GET", "/v1/groups")["groups"] == []
    for method, path, body in (
        ("PUT", at, {"version": "x"}), ("PUT", f"{at}/state", {"state": 3}),
        ("POST", f"{at}/materials", {"name": "a", "data": "%%"}),
        ("POST", "/v1/content", {"groups": 3}), ("POST", "/v1/content", {"title": ["x"]}),
        ("POST", f"{at}/outcomes", {"views": 1, "day": "2026-1-1"}),
        ("POST", f"{at}/outcomes", {"views": True}), ("POST", f"{at}/outcomes", {"day": 3}),
        ("POST", "/v1/content/outcomes", {"table": ""}),
    ):  # fmt: skip
        assert api(method, path, body)["status"] == 400 or api(method, path, body)["status"] == 422
    for path in ("/v1/content/zz", "/v1/content/" + "0" * 32, "/v1/groups/none"):
        assert api("GET", path)["status"] == 404


def test_servers_do_the_same_with_live_sessions(house: World, tmp_path: Path) -> None:
    """Publish, build, look, measure, remove."""
    api = Api(house, tmp_path)
    done = api("POST", "/v1/live", {"source": SESSION})
    built = api("POST", "/v1/live/office-skin/build")
    shown = api("GET", "/v1/live/office-skin")
    curve = api("GET", "/v1/live/office-skin/curve")
    noted = api("POST", "/v1/live/office-skin/outcomes", {"views": 5})
    listed = api("GET", "/v1/live")

    assert (done["version"], done["url"]) == (1, "https://huiliu.example/live/office-skin")
    assert [one["kind"] for one in built["documents"]] == ["template", "form", "journey"]
    assert (shown["bookable"], shown["booked"], shown["script"][1]["product"]) == (True, 0, "p1")
    assert (curve["orders"], len(curve["minutes"])) == (0, 60)
    assert noted["figures"] == {"views": 5}
    assert [one["slug"] for one in listed["sessions"]] == ["office-skin"]
    assert api("POST", "/v1/live", {"source": "x"})["status"] in {400, 422}
    assert api("DELETE", "/v1/live/office-skin")["removed"]
    assert api("GET", "/v1/live/office-skin")["status"] == 404
