"""Servers let people in, end tasks, keep headers and stop journeys, with a key of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from httpx import Response
from tests.integration.console.visiting import visitor
from tests.integration.journeys import put_journey, rows
from tests.integration.people import project_all

from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.create_key import create_key

CARE = """huiliu: 1
kind: journey
slug: care
name: {en: Care}
entry: {api: true}
nodes:
  ring:
    type: task
    title: Ring them
    assignee: care
    outcomes: [{outcome: reached, next: done}]
  done: {type: exit}
"""


class Server:
    """A server of the brand that calls the API with its key."""

    def __init__(self, world: World, instance: Path) -> None:
        """Get a key."""
        self._key = create_key(world, 1, "erp", "api")[1]
        self._client = visitor(world, instance)

    def request(self, method: str, path: str, json: object = None) -> Response:
        """Return the answer to a call."""
        return self._client.request(method, path, json=json, auth=(self._key, ""))

    def get(self, path: str) -> Response:
        """Return the answer to a GET."""
        return self.request("GET", path)

    def post(self, path: str, json: object) -> Response:
        """Return the answer to a POST."""
        return self.request("POST", path, json)


@pytest.fixture
def server(world: World, tmp_path: Path) -> Server:
    """Speak to the API as a server of the brand."""
    return Server(world, tmp_path)


def test_a_server_lets_somebody_in_and_ends_the_task(world: World, server: Server) -> None:
    """One person without a list, the task that opens, its outcome, and the end of the run."""
    put_journey(world, CARE)
    entered = server.post("/v1/journeys/care/enter", json={"userId": "ada", "messageId": "m1"})
    project_all(world)
    advance(world)
    [task] = server.get("/v1/tasks?assignee=care").json()["tasks"]

    wrong = server.request("PUT", f"/v1/tasks/{task['task_id']}", json={"outcome": "asleep"})
    done = server.request("PUT", f"/v1/tasks/{task['task_id']}", json={"outcome": "reached"})
    again = server.request("PUT", f"/v1/tasks/{task['task_id']}", json={"outcome": "reached"})
    project_all(world)
    advance(world)

    assert entered.json() == {"slug": "care", "new": 1}
    assert (wrong.status_code, done.status_code, again.status_code) == (422, 200, 409)
    assert done.json()["done_by"] == "key erp"
    assert server.get("/v1/tasks?state=done").json()["tasks"][0]["outcome"] == "reached"
    assert rows(world, "select state from journey_runs") == [("ended",)]


def test_a_server_stops_a_journey_and_is_told_what_is_not_there(
    world: World, server: Server
) -> None:
    """A stop answers at once; journeys, tasks and campaigns that are not there are 404."""
    put_journey(world, CARE)

    assert server.post("/v1/journeys/care/stop", json={}).json() == {
        "slug": "care", "state": "stopped", "not_entered": 0,
    }  # fmt: skip
    for method, path in (
        ("POST", "/v1/journeys/missing/stop"), ("POST", "/v1/journeys/missing/enter"),
        ("PUT", "/v1/tasks/00"), ("PUT", "/v1/tasks/zz"), ("GET", "/v1/campaigns/missing"),
    ):  # fmt: skip
        body = {"outcome": "x"} if method != "GET" else None
        assert server.request(method, path, json=body).status_code == 404, path
    assert server.get("/v1/campaigns").json() == {"campaigns": []}
    assert server.get("/v1/webhooks").json() == {"calls": []}


def test_what_goes_to_a_host_is_kept_and_never_shown(world: World, server: Server) -> None:
    """Names of headers come back, values do not; the stored row holds no plain value."""
    path = "/v1/webhooks/headers/shop.example"
    put = server.request("PUT", path, json={"headers": {"Authorization": "Bearer s3cret"}})
    shown = server.get("/v1/webhooks/headers")

    assert put.json() == {"host": "shop.example", "headers": ["Authorization"]}
    assert shown.json() == {"hosts": {"shop.example": ["Authorization"]}}
    assert b"s3cret" not in bytes(str(rows(world, "select sealed from call_headers")), "utf-8")
    assert server.request("PUT", path, json={"headers": {"Host": "x"}}).status_code == 422


def test_a_key_that_collects_lets_nobody_in(world: World, tmp_path: Path) -> None:
    """Entering by call is for servers."""
    put_journey(world, CARE)
    _, key = create_key(world, 1, "sdk", "collect")
    client = visitor(world, tmp_path)

    answer = client.post("/v1/journeys/care/enter", json={"userId": "ada"}, auth=(key, ""))

    assert answer.status_code == 403
