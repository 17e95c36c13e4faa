"""Rule packs and filings in the console, over the API and on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.outbox import Recorder, put_template, with_providers
from tests.integration.people import BRAND

from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.recheck_content import recheck_content

LAW = "cn-advertising-law"
TEXT = """\
huiliu: 1
kind: template
slug: offer
name: {en: Offer}
channel: sms
class: marketing
locales:
  zh-CN: {text: 【汇流】顶级羊毛衫到店，拒收请回复R}
"""


def send(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def with_account(world: World) -> World:
    """Return the world with an SMS account at a provider that asks for filings."""
    cloud = Recorder("sms")
    cloud.name, cloud.needs_filed = "cloud", True
    return with_providers(world, cloud)


def test_packs_are_listed_tried_reviewed_and_switched(world: World, tmp_path: Path) -> None:
    """From the list to one pack, its rules with their sources, and what was done to it."""
    client = signed_in(world, tmp_path)
    listed = client.get("/packs").text
    one = client.get(f"/packs/{LAW}").text
    tried = send(client, "/packs/attempt", text="【汇流】顶级面霜", pack="cn-sms").text
    nothing = send(client, "/packs/attempt", text=" ")
    stranger = send(client, "/packs/attempt", text="x", pack="nobody's")
    wrong = send(client, f"/packs/{LAW}/review", next="yesterday")
    off = send(client, f"/packs/{LAW}/switch", on="0")
    after = client.get(off.headers["location"]).text

    assert "China Advertising Law" in listed
    assert "Review due" in listed
    assert "第九条第（三）项" in one
    assert "from memory, to be checked" in one
    assert "Marketing has to end with the way out" in tried
    assert (nothing.status_code, stranger.status_code, wrong.status_code) == (422, 422, 422)
    assert "The pack is off." in after


def test_a_pack_is_edited_as_a_document(world: World, tmp_path: Path) -> None:
    """What is wrong is told with its line; what is right becomes the brand's version."""
    client = signed_in(world, tmp_path)
    source = client.get(f"/packs/{LAW}/edit").text
    bad = send(client, f"/packs/{LAW}/edit", source="huiliu: 1\nkind: pack\n")
    good = send(client, "/packs/own/edit", source="x")

    assert "rules:" in source
    assert bad.status_code == 422
    assert "Say who keeps this pack" in bad.text
    assert good.status_code == 404


def test_live_content_is_shown_and_allowed_with_a_proof(world: World, tmp_path: Path) -> None:
    """What packs object to, an exception with its proof, and the exception taken back."""
    client = signed_in(world, tmp_path)
    put_template(world, TEXT)
    recheck_content(world, 1)
    found = client.get("/packs/content").text
    refused = send(client, "/packs/overrides", rule=f"{LAW} absolute", proof="")
    allowed = send(
        client, "/packs/overrides", rule=f"{LAW} absolute", proof="No. 12345", phrase="顶级羊毛",
        subject="template offer",
    )  # fmt: skip
    recheck_content(world, 1)
    after = client.get(allowed.headers["location"]).text
    ended = send(client, "/packs/overrides/1/end")
    again = send(client, "/packs/overrides/1/end")

    assert "顶级" in found
    assert "blocked" in found
    assert refused.status_code == 422
    assert "No. 12345" in after
    assert "allowed" in after
    assert (ended.status_code, again.status_code) == (303, 404)


def test_filings_are_registered_by_carrier(world: World, tmp_path: Path) -> None:
    """What is missing is said, what is wrong is told, and a state is set by carrier."""
    world = with_account(world)
    client = signed_in(world, tmp_path)
    put_template(world, TEXT)
    empty = client.get("/filings").text
    wrong = send(client, "/filings", account="nobody", signature="汇", template="offer")
    made = send(
        client, "/filings", account="main", signature="汇流", template="offer", code="SMS_1",
        body="羊毛衫到店，拒收请回复R", longest="0",
    )  # fmt: skip
    state = send(client, "/filings/1/state", carrier="cmcc", state="approved")
    shown = client.get("/filings").text
    gone = send(client, "/filings/1/remove")

    assert "nothing is filed: offer through main" in empty
    assert wrong.status_code == 422
    assert "There is no such SMS account" in wrong.text
    assert (made.status_code, state.status_code, gone.status_code) == (303, 303, 303)
    assert "SMS_1" in shown
    assert "approved" in shown


def test_servers_do_the_same_over_the_api(world: World, tmp_path: Path) -> None:
    """Checked, reviewed, allowed, filed: each with a key, each with its problems."""
    world = with_account(world)
    key = (create_key(world, BRAND, "server", "api")[1], "")
    api = visitor(world, tmp_path)

    def call(method: str, path: str, **body: object) -> Any:
        return api.request(method, path, json=body or None, auth=key)

    packs = call("GET", "/v1/packs").json()["packs"]
    checked = call("POST", "/v1/packs/check", texts=["全网最低价", "新品到店"], pack=LAW).json()
    none = call("POST", "/v1/packs/check", texts=[])
    off = call("PUT", f"/v1/packs/{LAW}/state", on=False)
    due = packs[0]["review_due"]
    reviewed = call("POST", f"/v1/packs/{LAW}/review", next=due)
    made = call("POST", "/v1/packs/overrides", pack=LAW, rule="absolute", proof="No. 12345").json()
    listed = call("GET", "/v1/packs/overrides").json()["overrides"]
    ended = call("DELETE", f"/v1/packs/overrides/{made['override']}")
    filed = call("POST", "/v1/filings", account="main", signature="汇流").json()
    state = call("PUT", f"/v1/filings/{filed['filing']}/state", carrier="", state="approved")
    content = call("GET", "/v1/packs/content").json()
    source = call("GET", f"/v1/packs/{LAW}").json()["source"]
    applied = call("POST", "/v1/packs", source=source).json()
    gone = call("DELETE", f"/v1/filings/{filed['filing']}")

    assert len(packs) == 11
    assert [one["verdict"] for one in checked["texts"]] == ["block", "pass"]
    assert none.status_code == 422
    assert (off.status_code, reviewed.status_code) == (200, 200)
    assert listed[0]["proof"] == "No. 12345"
    assert ended.json()["ended_at"]
    assert state.json()["states"] == {"": "approved"}
    assert content == {"documents": []}
    assert applied["new"] is False
    assert gone.json() == {"filing": filed["filing"], "removed": True}
