"""Disrupted regions on the console's page and for servers: the same services behind both."""

from __future__ import annotations

from pathlib import Path

from tests.integration.console.visiting import signed_in, token, visitor

from huiliu.ports.world import World
from huiliu.services.create_key import create_key


def test_a_marketer_names_a_region_and_ends_it(world: World, tmp_path: Path) -> None:
    """The page shows it under way, then over; both deeds are written down."""
    client = signed_in(world, tmp_path, "marketer")
    csrf = token(client, "/regions")

    sent = {"region": "广东省/深圳市", "country": "cn", "note": "<b>台风</b>", "csrf": csrf}
    added = client.post("/regions", data=sent)
    page = client.get("/regions").text
    ended = client.post("/regions/1/end", data={"csrf": csrf})

    assert (added.status_code, ended.status_code) == (303, 303)
    assert "广东省/深圳市" in page
    assert "&lt;b&gt;台风&lt;/b&gt;" in page
    assert "/regions/1/end" in page
    assert "/regions/1/end" not in client.get("/regions").text
    with world.store.system() as tx:
        said = [(action.what, action.subject) for _, action in tx.console.actions(1, 2, None)]
    assert said == [("region_cleared", "广东省/深圳市"), ("region_disrupted", "广东省/深圳市")]


def test_what_was_typed_wrong_is_said_and_kept(world: World, tmp_path: Path) -> None:
    """Nothing is written."""
    client = signed_in(world, tmp_path, "marketer")
    sent = {
        "region": "海南",
        "country": "China",
        "until": "soon",
        "csrf": token(client, "/regions"),
    }

    answer = client.post("/regions", data=sent)

    assert answer.status_code == 422
    assert 'value="海南"' in answer.text
    assert "Parcels reach everywhere" in answer.text


def test_a_viewer_reads_and_may_not_write(world: World, tmp_path: Path) -> None:
    """There is no form on the page, and none is taken."""
    client = signed_in(world, tmp_path, "viewer")
    page = client.get("/regions")

    assert page.status_code == 200
    assert 'action="/regions"' not in page.text
    csrf = token(client, "/")
    assert client.post("/regions", data={"region": "海南", "csrf": csrf}).status_code == 403


def test_a_server_does_the_same_with_its_key(world: World, tmp_path: Path) -> None:
    """Adding, listing, ending; a wrong time and a strange number are told."""
    client = visitor(world, tmp_path)
    auth = (create_key(world, 1, "erp", "api")[1], "")
    said = {"region": "海南", "from": "2027-01-01T00:00:00+08:00", "note": "罢工"}

    added = client.post("/v1/regions", json=said, auth=auth).json()
    listed = client.get("/v1/regions", auth=auth).json()["regions"]
    ended = client.post(f"/v1/regions/{added['id']}/end", auth=auth).json()
    wrong = client.post("/v1/regions", json={"region": "海南", "until": "soon"}, auth=auth)

    assert listed == [added]
    assert {name: added[name] for name in ("region", "from", "state", "orders", "created_by")} == {
        "region": "海南", "from": "2026-12-31T16:00:00Z", "state": "planned", "orders": 0,
        "created_by": "key erp",
    }  # fmt: skip
    assert ended["state"] == "over"
    assert wrong.status_code == 422
    assert client.post("/v1/regions/none/end", auth=auth).status_code == 404
    assert client.post("/v1/regions/77/end", auth=auth).status_code == 404
