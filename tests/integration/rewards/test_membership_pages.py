"""Points, levels and catalogues in the console, and the same for servers."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in, token, visitor
from tests.integration.people import BRAND, event, log, person, project_all
from tests.integration.rewards.test_exchanging import SHELF
from tests.integration.rewards.test_member_tiers import LADDER

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.services.create_key import create_key
from huiliu.services.member_tiers import follow_tiers
from huiliu.services.points_commit import commit_points
from huiliu.services.publish import publish


@pytest.fixture
def ada(world: World) -> str:
    """Return a gold member with 500 points more, in a brand with a ladder and a catalogue."""
    publish(world, BRAND, LADDER, "test", kind="tiers")
    publish(world, BRAND, SHELF, "test", kind="reward_catalogue")
    said = {"order_id": "A1", "total": 1_200, "currency": "CNY"}
    log(world, event("user_id:ada", name="Order Paid", properties=said))
    project_all(world)
    while follow_tiers(world, 100):
        pass
    who = person(world, "user_id:ada")
    earn = Operation("test", Kind.EARN, who, Decimal(500), "app", "test")
    assert commit_points(world, BRAND, [earn])[0].refused == ""
    return show_profile_id(who)


def _key(world: World) -> dict[str, str]:
    """Return the headers of a server with a key."""
    secret = create_key(world, BRAND, "shop", "api")[1]
    return {"authorization": "Basic " + base64.b64encode(f"{secret}:".encode()).decode()}


def test_every_page_of_members_and_points_shows_what_there_is(
    world: World, tmp_path: Path, ada: str
) -> None:
    """Lists, one of each, editors, the board, the ledger and a person's statement."""
    client = signed_in(world, tmp_path)

    wanted = {
        "/points": "600",
        "/points/ledger": ada,
        f"/points/ledger?person={ada}&kind=earn": ada,
        "/points/ledger?person=nobody": "No entry is like this",
        f"/people/{ada}/points": "Gold",
        "/tiers": "Members",
        "/tiers/members": "Group buys",
        "/tiers/members?level=gold": ada,
        "/tiers/members/edit": "kind: tiers",
        "/tiers/new": "kind: tiers",
        "/reward-catalogues": "Points shop",
        "/reward-catalogues/shelf": "5 / 5",
        "/reward-catalogues/new": "reward_catalogue",
        "/exchanges": "No exchanges",
    }
    for path, words in wanted.items():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert words in answer.text, path
    assert client.get("/tiers/members?level=bronze").status_code == 404
    csrf = token(client, "/tiers/new")
    for kind, source in (("tiers", LADDER), ("reward-catalogues", SHELF)):
        looked = client.post(f"/{kind}/check", data={"csrf": csrf, "source": source})
        assert "check-good" in looked.text
        faulty = client.post(f"/{kind}/check", data={"csrf": csrf, "source": "kind: no"})
        assert "check-good" not in faulty.text


def test_points_are_adjusted_by_whoever_may_once_for_each_form(
    world: World, tmp_path: Path, ada: str
) -> None:
    """The same form sent twice moves points once; a marketer is not even shown the form."""
    client = signed_in(world, tmp_path)
    page = client.get("/points/ledger").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    form = {"csrf": token(client, "/points/ledger"), "key": key[1], "person": ada,
            "amount": "-50.5", "why": "goodwill"}  # fmt: skip

    assert client.post("/points/adjust", data=form).status_code == 303
    assert client.post("/points/adjust", data=form).status_code == 303
    for wrong in (
        {"amount": "0"},
        {"why": ""},
        {"person": "p_0"},
        {"amount": "-99999", "key": "2"},
    ):
        assert client.post("/points/adjust", data=form | wrong).status_code == 422, wrong

    shown = client.get(f"/points/ledger?person={ada}&kind=adjust").text
    assert shown.count("goodwill") == 1
    assert "50.50" in shown
    marketer = signed_in(world, tmp_path, "marketer")
    assert "/points/adjust" not in marketer.get("/points/ledger").text
    refused = marketer.post("/points/adjust", data=form | {"csrf": token(marketer, "/tiers/new")})
    assert refused.status_code == 403


def test_servers_exchange_points_and_see_all_that_the_console_shows(
    world: World, tmp_path: Path, ada: str
) -> None:
    """Exchange, cancel, send; ladders, members, catalogues and the board as JSON."""
    client, headers = visitor(world, tmp_path), _key(world)
    asked = {"person": {"profile": ada}, "catalogue": "shelf", "item": "mug", "channel": "app"}

    first = client.post("/v1/exchanges", json=asked, headers=headers | {"idempotency-key": "k1"})
    again = client.post("/v1/exchanges", json=asked, headers=headers | {"idempotency-key": "k1"})
    other = client.post("/v1/exchanges", json=asked, headers=headers | {"idempotency-key": "k2"})
    assert (first.status_code, first.json()["points"]) == (200, "100.00")
    assert first.json() == again.json()
    elsewhere = client.post(
        "/v1/exchanges", json=asked | {"channel": "douyin"},
        headers=headers | {"idempotency-key": "k3"},
    )  # fmt: skip
    assert (elsewhere.status_code, elsewhere.json()["reason"]) == (409, "channel")
    assert client.post("/v1/exchanges", json=asked, headers=headers).status_code == 422
    bare = {"identifier": {"type": "phone", "value": "13800138000"}, **asked}
    del bare["person"]
    named = client.post("/v1/exchanges", json=bare, headers=headers | {"idempotency-key": "k4"})
    assert named.status_code == 404

    one, two = first.json()["exchange"], other.json()["exchange"]
    cancelled = client.post(
        f"/v1/exchanges/{one}/cancel", json={"reason": "broken"}, headers=headers
    )
    sent = client.post(f"/v1/exchanges/{two}/sent", json={}, headers=headers)
    assert (cancelled.json()["state"], sent.json()["state"]) == ("cancelled", "sent")
    listed = client.get(f"/v1/exchanges?profile={ada}&state=sent", headers=headers).json()
    assert [row["exchange"] for row in listed["exchanges"]] == [two]

    member = client.get(f"/v1/members/{ada}", headers=headers).json()
    assert (member["tiers"][0]["level"], member["tiers"][0]["next"]) == ("gold", None)
    ladder = client.get("/v1/tiers/members", headers=headers).json()
    assert [(row["id"], row["people"]) for row in ladder["levels"]] == [("silver", 0), ("gold", 1)]
    people = client.get("/v1/tiers/members/levels/gold", headers=headers).json()["people"]
    assert [row["profile"] for row in people] == [ada]
    board = client.get("/v1/points-board", headers=headers).json()
    assert (board["available"], board["redemption_rate"]) == ("500.00", 1.0)
    assert {(row["from"], row["to"]) for row in board["flows"]} <= {
        ("app", "app"), ("membership", "app"),
    }  # fmt: skip
    again = client.post("/v1/tiers", json={"source": LADDER}, headers=headers)
    assert again.json()["new"] is False
    assert client.request("DELETE", "/v1/reward-catalogues/shelf", headers=headers).json()[
        "removed"
    ]
    assert client.get("/v1/reward-catalogues/shelf", headers=headers).status_code == 404


def test_a_server_sends_group_buy_orders_all_or_none(world: World, tmp_path: Path) -> None:
    """One order that cannot be used keeps the others out, and says where it stands."""
    client, headers = visitor(world, tmp_path), _key(world)
    good = {"order_id": "G1", "buyer_phone": "13800138000", "leader_id": "lead", "total": "20",
            "paid_at": "2026-11-21T10:00:00+08:00",
            "lines": [{"sku": "S1", "quantity": 2}]}  # fmt: skip

    bad = client.post(
        "/v1/group-buy/orders", json={"orders": [good, good | {"total": "much"}]}, headers=headers
    )
    done = client.post("/v1/group-buy/orders", json={"orders": [good]}, headers=headers)

    assert bad.status_code == 422
    assert "orders[1].total" in bad.text
    assert done.json() == {"events": 2, "known": 0}
