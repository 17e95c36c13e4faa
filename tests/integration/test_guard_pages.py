"""The channel guard in the console, for servers and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in
from tests.integration.guarded import GUARD, Weeks
from tests.integration.outbox import HELLO, Recorder, put_template, with_providers
from tests.integration.people import BRAND
from tests.integration.planning.test_plan_pages import Api, post
from tests.integration.warehouses import with_warehouse

from huiliu.ports.world import World
from huiliu.services.incidents import list_incidents

WELL = {"email": 0.95, "sms": 0.95, "push": 0.95}


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a shop whose e-mail fell two days ago; nobody watches yet."""
    with with_warehouse(world, tmp_path) as opened:
        wired = with_providers(opened, Recorder())
        put_template(wired, HELLO)
        weeks = Weeks(wired)
        for ago in range(12, 0, -1):
            hit = {"template": "news"} if ago <= 2 else None
            weeks.day(ago, {"sms": 0.95, "push": 0.95})
            weeks.day(ago, {"email": 0.1 if hit else 0.95}, only=hit)
        weeks.settle()
        yield wired


def test_a_fall_is_watched_explained_resumed_and_overridden(shop: World, tmp_path: Path) -> None:
    """From the first page to the last reason; a server sees and does the same."""
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)
    assert "Nothing is watched yet" in client.get("/incidents").text
    assert "statistical" in client.get("/guard/new").text
    faulty = post(client, "/guard/check", source=GUARD.replace("wait: 12h", "wait: 12"))
    assert "A length of time" in faulty.text
    hint = post(client, "/guard/check", source=GUARD).text
    assert "takes so long to tell from noise" in hint
    assert " days</td>" in hint
    done = post(client, "/guard/apply", source=GUARD)
    assert done.headers["location"] == "/guard/watch?applied=1"
    told = api("POST", "/v1/guard/hint", {"source": GUARD})
    assert {one["channel"] for one in told["series"]} == set(WELL)
    assert all(one["days"] > 0 for one in told["series"])

    assert post(client, "/guard/watch/look").status_code == 303
    [row] = api("GET", "/v1/incidents")["incidents"]
    number = row["incident"]
    assert (row["channel"], row["metric"], row["state"]) == ("email", "deliver", "paused")
    view = api("GET", f"/v1/incidents/{number}")
    assert view["suspects"][0]["where"] == {"template": "news"}
    assert [one["where"] for one in view["pauses"]] == [{"channel": "email", "template": "news"}]
    assert [one["what"] for one in view["timeline"]] == ["opened", "paused"]
    page = client.get(f"/incidents/{number}").text
    for words in ("news", "Resume step by step", "Override", "Explains", "chart-option"):
        assert words in page
    assert f"/incidents/{number}" in client.get("/incidents").text
    assert "95% interval" in client.get("/guard/watch").text

    assert post(client, f"/incidents/{number}/act/resume", note="sent anew").status_code == 303
    assert post(client, f"/incidents/{number}/act/resume").status_code == 409
    assert api("GET", f"/v1/incidents/{number}")["state"] == "ramping"
    assert api("POST", f"/v1/incidents/{number}/override", {})["status"] == 422
    assert post(client, f"/incidents/{number}/act/override", reason=" ").status_code == 422
    over = api("POST", f"/v1/incidents/{number}/override", {"reason": "one bad list"})
    assert (over["state"], over["timeline"][-1]["note"]) == ("overridden", "one bad list")
    assert api("GET", "/v1/guard")["pauses"] == []
    for lost in ("/incidents/9999", "/incidents/x", "/guard/none"):
        assert client.get(lost).status_code == 404
    assert api("GET", "/v1/incidents/x")["status"] == 404
    assert api("GET", "/v1/incidents?until=9999-12-31")["status"] == 422


def test_what_one_may_not_change_is_not_offered(shop: World, tmp_path: Path) -> None:
    """Who only reads sees what there is and can do nothing; customer service sees nothing."""
    client = signed_in(shop, tmp_path, "viewer")
    assert "Watch channels" not in client.get("/incidents").text
    assert client.get("/guard/new").status_code == 403
    assert signed_in(shop, tmp_path, "service").get("/incidents").status_code == 403


def test_taking_a_guard_out_of_use_lets_everything_go(shop: World, tmp_path: Path) -> None:
    """Its incidents are over and nothing of it stays paused."""
    api = Api(shop, tmp_path)
    api("POST", "/v1/guard", {"source": GUARD})
    assert api("POST", "/v1/guard/watch/look")["series"]
    assert len(api("GET", "/v1/guard")["pauses"]) == 1
    assert api("DELETE", "/v1/guard/watch")["removed"] is True
    assert api("GET", "/v1/guard")["pauses"] == []
    assert api("GET", "/v1/guard/watch")["status"] == 404
    with shop.store.transaction(BRAND) as tx:
        rows = list_incidents(tx, BRAND)
    assert [one.state for one in rows] == ["resolved"]
    assert json.dumps(api("GET", "/v1/incidents"))
