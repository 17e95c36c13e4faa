"""Notices in the console and for servers: read, set up, tried; each sees what concerns them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.providers.robots import FakeRobots
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.notify import notify
from huiliu.stores.clock import SimulatedClock

BRAND = 1


@pytest.fixture
def robots(clock: SimulatedClock) -> Iterator[FakeRobots]:
    """Run the three kinds of robots."""
    with FakeRobots(now=clock.now) as running:
        yield running


@pytest.fixture
def outside(world: World) -> Iterator[World]:
    """Give a world that may call this machine."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    try:
        yield replace(world, outbound=outbound)
    finally:
        outbound.close()


def tell(world: World, key: str, *departments: str) -> None:
    """Tell the house of something."""
    facts = {"robot": f"robot-{key}", "cause": "<b>HTTP 404</b>"}
    with world.store.transaction(BRAND) as tx:
        notify(tx, world, BRAND, "robot_failed", facts, key=key, departments=departments,
               address="/notices/settings")  # fmt: skip


def post(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form of the console and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_the_bell_counts_what_is_unread_until_it_is_read(world: World, tmp_path: Path) -> None:
    """Opening one reads it, one button reads the rest; words of facts are never markup."""
    client = signed_in(world, tmp_path)
    assert "No notices yet" in client.get("/notices").text
    for key in ("one", "two", "three"):
        tell(world, key)

    shown = client.get("/notices").text
    assert "Notices, 3 unread" in shown
    assert "The robot robot-one does not deliver" in shown
    assert "&lt;b&gt;HTTP 404" in shown
    first = shown.split('href="/notices/')[-1].split('"')[0]
    assert "Check its address and secret" in client.get(f"/notices/{first}").text
    assert "Notices, 2 unread" in client.get("/notices?show=unread").text
    assert post(client, "/notices/read").status_code == 303
    assert "Nothing unread" in client.get("/notices?show=unread").text
    assert client.get("/notices/999").status_code == 404


def test_a_department_sees_its_own_and_not_that_of_others(world: World, tmp_path: Path) -> None:
    """Neither in the list nor by the address of a notice."""
    client = signed_in(world, tmp_path, "marketer")
    with world.store.transaction(BRAND) as tx:
        user = tx.accounts.users(BRAND)[0]
        tx.accounts.set_department(BRAND, user.user_id, "legal")
    tell(world, "ours", "legal")
    tell(world, "theirs", "technology")
    with world.store.transaction(BRAND) as tx:
        theirs = tx.notices.page(BRAND, 0, None, 1)[0].notice_id

    shown = client.get("/notices").text
    assert ("robot-ours" in shown, "robot-theirs" in shown) == (True, False)
    assert client.get(f"/notices/{theirs}").status_code == 404
    assert client.get("/notices/settings").status_code == 403


def test_a_robot_is_set_up_tried_and_removed(
    outside: World, robots: FakeRobots, tmp_path: Path
) -> None:
    """What is wrong is told at once; the address is never shown again; an empty one stays."""
    client = signed_in(outside, tmp_path)
    wrong = post(client, "/notices/robots", name="Ops!", service="wecom", url="ftp://x", secret="s")
    assert wrong.status_code == 422
    assert wrong.text.count("problem") >= 3

    url, secret = robots.config["dingtalk"], robots.config["secret"]
    made = post(client, "/notices/robots", name="ops", service="dingtalk", url=url, secret=secret,
                language="en")  # fmt: skip
    assert made.status_code == 303
    shown = client.get("/notices/settings").text
    assert "DingTalk" in shown
    assert "access_token" not in shown
    assert secret not in shown
    assert post(client, "/notices/robots", name="ops", service="dingtalk", language="zh-CN",
                **{"kind.robot_failed": "1"}).status_code == 303  # fmt: skip
    took = client.get(post(client, "/notices/robots/ops/test").headers["location"]).text
    assert "the group took the test" in took
    assert robots.posts[0][1].startswith("### 来自汇流的测试消息")
    assert post(client, "/notices/robots/ops/state", state="paused").status_code == 303
    assert post(client, "/notices/robots/ops/remove").status_code == 303
    assert "No robots yet" in client.get("/notices/settings").text
    assert (
        post(client, "/notices/rules/robot_failed", **{"department.legal": "1"}).status_code == 303
    )
    assert post(client, "/notices/rules/horoscope").status_code == 422


def test_a_server_does_what_the_console_does(
    outside: World, robots: FakeRobots, tmp_path: Path
) -> None:
    """The same notices, rules and robots behind a key; bad input lists all that is wrong."""
    signed_in(outside, tmp_path)
    client, key = visitor(outside, tmp_path), create_key(outside, BRAND, "test", "api")[1]

    def call(method: str, path: str, body: Any = None) -> Any:
        """Return an answer's data."""
        answer = client.request(method, path, json=body, auth=(key, ""))
        return answer.json() | {"status": answer.status_code}

    tell(outside, "one")
    rows = call("GET", "/v1/notices?language=en")["notices"]
    assert rows[0]["title"] == "The robot robot-one does not deliver"
    assert call("GET", f"/v1/notices/{rows[0]['id']}")["deliveries"] == []
    assert call("POST", "/v1/notices/read", {"user": "admin@shop.example"})["read"] == 1
    rule = call("PUT", "/v1/notice-rules/robot_failed", {"departments": ["legal"], "email": False})
    assert (rule["departments"], rule["letters"], rule["robots"]) == (["legal"], 0, True)
    bad = call("PUT", "/v1/notice-rules/x", {"departments": ["sales"], "email": "yes"})
    assert (bad["status"], len(bad["problems"])) == (422, 3)

    body = {"service": "feishu", "url": robots.config["feishu"], "secret": "wrong"}
    made = call("PUT", "/v1/notice-robots/ops", body)
    assert (made["state"], made["signs"], "url" in made) == ("live", True, False)
    tried = call("POST", "/v1/notice-robots/ops/test")
    assert (tried["taken"], tried["said"][:5]) == (False, "19021")
    assert call("PUT", "/v1/notice-robots/ops", {"secret": robots.config["secret"]})["signs"]
    assert call("POST", "/v1/notice-robots/ops/test")["taken"]
    paused = call("PUT", "/v1/notice-robots/ops/state", {"state": "paused"})
    assert paused["state"] == "paused"
    assert call("DELETE", "/v1/notice-robots/ops")["removed"]
    assert call("GET", "/v1/notice-robots")["robots"] == []
    private = call("PUT", "/v1/notice-robots/ops", {**body, "url": "http://10.0.0.1/x"})
    assert private["status"] == 422
