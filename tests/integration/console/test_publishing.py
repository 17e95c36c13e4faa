"""Publishing and why, over pages and twins: asked, published, rolled back, looked into."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, signed_in, visitor
from tests.integration.journeys import APOLOGY, order_event, rows
from tests.integration.people import BRAND, NOW, log, person, project_all

from huiliu.kernel.ids import ProfileId, show_profile_id
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.create_key import create_key
from huiliu.stores.clock import SimulatedClock

TEMPLATE = """huiliu: 1
kind: template
slug: late-shipment
name: {en: Late for servers}
channel: email
class: service
locales:
  en: {subject: Sorry, text: "Sorry for order {{ key }}"}
"""
GONE = APOLOGY.replace("patience", "calm")


@pytest.fixture
def server(world: World, tmp_path: Path) -> tuple[Visitor, tuple[str, str]]:
    """Give a server's client with its key, and two people in flight."""
    _, shown = create_key(world, BRAND, "server", "api")
    client, auth = visitor(world, tmp_path), (shown, "")
    files = [{"file": "t.yaml", "source": TEMPLATE}, {"file": "j.yaml", "source": APOLOGY}]
    made = client.request("PUT", "/v1/documents", json={"files": files}, auth=auth)
    assert made.status_code == 200, made.text
    log(world, order_event("Order Paid", "o1"), order_event("Order Paid", "o2"))
    project_all(world)
    return client, auth


def test_a_server_asks_before_it_publishes(server: tuple[Visitor, tuple[str, str]]) -> None:
    """What would change, in words and in people; then it says what becomes of them."""
    client, auth = server

    asked = client.post("/v1/journeys/question", json={"source": GONE}, auth=auth).json()
    refused = client.request("PUT", "/v1/journeys", auth=auth,
                             json={"source": GONE, "in_flight": "migrate"})  # fmt: skip
    made = client.request(
        "PUT", "/v1/journeys", auth=auth,
        json={"source": GONE, "in_flight": "migrate", "moves": {"patience": "calm"},
              "restart": ["patience"], "expects": 1},
    )  # fmt: skip

    assert asked["changes"][0]["what"] == "renamed"
    assert (asked["in_flight"]["n"], asked["in_flight"]["gone"]) == (2, 2)
    assert asked["in_flight"]["standing"][0]["proposed"] == "calm"
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, "map.patience")
    assert made.json() == {
        "slug": "late-shipment-apology", "version": 2, "is_new": True,
        "in_flight": {"n": 2, "way": "migrate"},
    }  # fmt: skip


def test_who_was_overtaken_gets_the_other_changes_as_data(
    server: tuple[Visitor, tuple[str, str]],
) -> None:
    """409, both versions, and what the newer one does differently."""
    client, auth = server
    longer = APOLOGY.replace("for: 3d", "for: 4d")
    client.request("PUT", "/v1/journeys", json={"source": longer}, auth=auth)

    answer = client.request("PUT", "/v1/journeys", json={"source": GONE, "expects": 1}, auth=auth)

    assert answer.status_code == 409
    told = answer.json()
    assert (told["error"], told["expected"], told["found"]) == ("Overtaken", 1, 2)
    assert "4d" in told["changes"][0]


def test_versions_are_listed_read_and_rolled_back_to(
    server: tuple[Visitor, tuple[str, str]],
) -> None:
    """By number; one that is not there is not found."""
    client, auth = server
    longer = APOLOGY.replace("for: 3d", "for: 4d")
    client.request("PUT", "/v1/journeys", json={"source": longer}, auth=auth)
    home = "/v1/journeys/late-shipment-apology"

    first = client.get(f"{home}/versions/1", auth=auth).json()
    back = client.post(f"{home}/rollback", json={"version": 1}, auth=auth).json()
    listed = client.get(f"{home}/versions", auth=auth).json()["versions"]

    assert "for: 3d" in first["source"]
    assert back["version"] == 3
    assert [(one["version"], one["in_flight"]) for one in listed] == [(3, 0), (2, 0), (1, 2)]
    assert client.get(f"{home}/versions/9", auth=auth).status_code == 404
    assert client.get("/v1/journeys/none/versions", auth=auth).status_code == 404


def test_documents_are_exported_planned_and_refused_as_data(
    server: tuple[Visitor, tuple[str, str]],
) -> None:
    """The twin of the folder commands."""
    client, auth = server
    found = client.get("/v1/documents", auth=auth).json()["documents"]
    files = [{"file": one["file"], "source": one["source"]} for one in found]

    same = client.post("/v1/documents/plan", json={"files": files}, auth=auth).json()
    wrong = client.post("/v1/documents/plan", json={"files": [{"file": "x"}]}, auth=auth)

    assert [one["kind"] for one in found] == ["template", "journey"]
    assert same["changed"] is False
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "body",
    [{"in_flight": 7}, {"moves": [1]}, {"restart": "x"}, {"expects": "one"}, {"expects": -1}],
)
def test_a_plan_for_people_in_flight_is_read_with_care(
    server: tuple[Visitor, tuple[str, str]], body: dict[str, object]
) -> None:
    """Whatever is no plan is bad input, and nothing is written."""
    client, auth = server
    answer = client.request("PUT", "/v1/journeys", json={"source": GONE, **body}, auth=auth)
    assert answer.status_code == 422


def test_why_is_a_page_and_data(
    world: World, clock: SimulatedClock, server: tuple[Visitor, tuple[str, str]], tmp_path: Path
) -> None:
    """Both tell the same decisions; a date that is none is told as that."""
    client, auth = server
    clock.set(NOW + 3 * DAY)
    advance(world)
    who = show_profile_id(ProfileId(person(world, "user_id:ada")))

    told = client.get(f"/v1/profiles/{who}/why?journey=late-shipment-apology", auth=auth)
    (message,) = rows(world, "select encode(message_id, 'hex') from messages limit 1")
    of_message = client.get(f"/v1/messages/{message[0]}/why", auth=auth).json()
    browser = signed_in(world, tmp_path, "viewer")
    page = browser.get(f"/people/{who}/decisions?journey=late-shipment-apology")

    assert [run["verified"] for run in told.json()["runs"]] == ["same", "same"]
    assert told.json()["beside"]["cap"]["most"] == 4
    assert of_message["runs"][0]["verified"] == "same"
    assert page.status_code == 200
    assert "decided again: the same" in page.text
    assert client.get(f"/v1/profiles/{who}/why?at=never", auth=auth).status_code == 422
    assert browser.get(f"/people/{who}/decisions?at=never").status_code == 200
    assert browser.get("/people/p_nobody/decisions").status_code == 404
