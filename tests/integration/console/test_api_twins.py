"""What the console does, asked by a server with a key."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import Route
from tests.e2e.console.brand import JOURNEY, TEMPLATE
from tests.integration.console.visiting import Visitor, signed_in, visitor

from huiliu.ports.world import World
from huiliu.services.apply_template import apply_template
from huiliu.services.create_key import create_key


def server(world: World, instance: Path, scope: str = "api") -> tuple[Visitor, tuple[str, str]]:
    """Return a caller and the key that it authenticates with."""
    _, key = create_key(world, 1, "erp", scope)
    return visitor(world, instance), (key, "")


def test_a_cookie_opens_no_api_route(world: World, tmp_path: Path) -> None:
    """An administrator's browser cannot be made to call them."""
    client = signed_in(world, tmp_path)

    access = client.app.state.access
    routes = [route for route, asked in access if asked == "key: api"]
    assert len(routes) > 30
    for route in routes:
        assert isinstance(route, Route)
        method = sorted(set(route.methods or ()) - {"HEAD"})[0]
        answer = client.request(method, route.path.replace("{", "").replace("}", ""))
        assert answer.status_code == 401, route.path


def test_a_collecting_key_reads_nothing(world: World, tmp_path: Path) -> None:
    """The key that stands in every web page may only send."""
    client, key = server(world, tmp_path, "collect")

    assert client.get("/v1/journeys", auth=key).status_code == 403


def test_a_key_may_come_as_a_bearer_token(world: World, tmp_path: Path) -> None:
    """As servers send theirs; without one the answer says how."""
    client, (key, _) = server(world, tmp_path)

    told = client.get("/v1/journeys", headers={"Authorization": f"Bearer {key}"})
    refused = client.get("/v1/journeys", headers={"Authorization": "Bearer nothing"})

    assert told.status_code == 200
    assert refused.status_code == 401
    assert "Bearer" in refused.json()["message"]


def test_a_journey_is_applied_paused_and_read(world: World, tmp_path: Path) -> None:
    """All by the same services as the pages."""
    apply_template(world, 1, TEMPLATE, "test")
    client, key = server(world, tmp_path)

    made = client.request("PUT", "/v1/journeys", json={"source": JOURNEY}, auth=key)
    client.request("PUT", "/v1/journeys/order-care/state", json={"state": "paused"}, auth=key)
    found = client.get("/v1/journeys/order-care", auth=key).json()

    assert made.json() == {"slug": "order-care", "version": 1, "is_new": True}
    assert found["state"] == "paused"
    assert [node["node"] for node in found["nodes"]][:2] == ["cool-off", "big-order"]


def test_every_fault_of_a_document_comes_with_its_line(world: World, tmp_path: Path) -> None:
    """A program gets the problems as data."""
    client, key = server(world, tmp_path)
    source = JOURNEY.replace("next: done", "next: nowhere")

    answer = client.request("PUT", "/v1/journeys", json={"source": source}, auth=key)

    assert answer.status_code == 422
    assert all(problem["line"] for problem in answer.json()["problems"])


def test_a_server_makes_collecting_keys_only(world: World, tmp_path: Path) -> None:
    """A key cannot raise itself or others."""
    client, key = server(world, tmp_path)

    made = client.post("/v1/keys", json={"name": "web"}, auth=key)
    refused = client.post("/v1/keys", json={"name": "web", "scope": "api"}, auth=key)
    ended = client.request("DELETE", f"/v1/keys/{made.json()['key_id']}", auth=key)

    assert made.json()["key"].startswith("hl_c_")
    assert (refused.status_code, ended.json()["revoked"]) == (403, True)


def test_lists_answer_on_an_empty_instance(world: World, tmp_path: Path) -> None:
    """Empty is an answer, not a fault."""
    client, key = server(world, tmp_path)

    for path in ("messages", "journeys", "segments", "refused", "plan"):
        answer = client.get(f"/v1/{path}", auth=key)
        assert answer.status_code == 200, path
    assert client.get("/v1/profiles/p_nobody", auth=key).status_code == 404
    assert client.get("/v1/messages/00", auth=key).status_code == 404
