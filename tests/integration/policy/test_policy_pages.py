"""The contact policy on the console's page and for servers: the same services behind both."""

from __future__ import annotations

from pathlib import Path

from tests.integration.console.visiting import signed_in, token, visitor

from huiliu.ports.world import World
from huiliu.services.create_key import create_key

POLICY = """\
huiliu: 1
kind: policy
slug: default
name: {en: Contact policy}
quiet_hours:
  - {from: "22:00", to: "07:00"}
  - {days: [sun], channels: [sms], countries: [DE]}
caps:
  week: {most: 3, within: 7d}
  offers: {most: 1, per: day, categories: [offers], each: journey, waits: true}
attention: {margin: 30, remaining_value: 200, share: 5%}
"""


def test_the_page_tells_what_holds_before_and_after_a_change(world: World, tmp_path: Path) -> None:
    """First the settings hold; then the document does, and the deed is written down."""
    client = signed_in(world, tmp_path, "admin")
    before = client.get("/policy").text
    csrf = token(client, "/policy/edit")

    applied = client.post("/policy/apply", data={"source": POLICY, "csrf": csrf})
    page = client.get("/policy").text

    assert "No policy of your own yet" in before
    assert (applied.status_code, applied.headers["location"]) == (303, "/policy?applied=1")
    assert "No policy of your own yet" not in page
    assert "3 in any 7" in page
    assert "1 a day" in page
    assert "22:00 – 07:00" in page
    assert "Sunday" in page
    with world.store.system() as tx:
        said = [(action.what, action.subject) for _, action in tx.console.actions(1, 1, None)]
    assert said == [("policy_applied", "1")]


def test_what_is_wrong_with_a_draft_is_told_with_its_lines(world: World, tmp_path: Path) -> None:
    """Checked or applied, nothing is written and what was typed is kept."""
    client = signed_in(world, tmp_path, "admin")
    wrong = POLICY.replace("most: 3", "most: many").replace("22:00", "22")
    csrf = token(client, "/policy/edit")

    checked = client.post("/policy/check", data={"source": wrong, "csrf": csrf})
    applied = client.post("/policy/apply", data={"source": wrong, "csrf": csrf})

    assert checked.status_code == 200
    assert "caps.week.most" in checked.text
    assert "quiet_hours[0].from" in checked.text
    assert applied.status_code == 422
    assert "most: many" in applied.text
    assert "No policy of your own yet" in client.get("/policy").text


def test_a_marketer_reads_and_may_not_change(world: World, tmp_path: Path) -> None:
    """Limits that protect people are the administrators'."""
    client = signed_in(world, tmp_path, "marketer")
    page = client.get("/policy")

    assert page.status_code == 200
    assert "/policy/edit" not in page.text
    assert client.get("/policy/edit").status_code == 403
    assert client.get("/policy/what-if").status_code == 200
    sent = {"source": POLICY, "csrf": token(client, "/")}
    assert client.post("/policy/apply", data=sent).status_code == 403


def test_a_server_does_the_same_with_its_key(world: World, tmp_path: Path) -> None:
    """It reads what holds, tries a draft, makes it live, and is told what is wrong."""
    client = visitor(world, tmp_path)
    auth = (create_key(world, 1, "erp", "api")[1], "")

    before = client.get("/v1/policy", auth=auth).json()
    tried = client.post("/v1/policy/check", json={"source": POLICY}, auth=auth).json()
    made = client.request("PUT", "/v1/policy", json={"source": POLICY}, auth=auth).json()
    again = client.request("PUT", "/v1/policy", json={"source": POLICY}, auth=auth).json()
    after = client.get("/v1/policy", auth=auth).json()
    wrong = client.request(
        "PUT", "/v1/policy", json={"source": POLICY + "colour: red\n"}, auth=auth
    )

    assert (before["version"], after["version"]) == (None, 1)
    assert {one["country"] for one in before["countries"]} >= {"CN", "FR", "US", "US-FL"}
    assert tried["what_if"]["now"]["asked"] == 0
    assert made == {"slug": "default", "version": 1, "new": True}
    assert again == {"slug": "default", "version": 1, "new": False}
    assert "most: 3" in after["source"]
    assert wrong.status_code == 422
    assert "colour" in wrong.text


def test_a_policy_that_names_what_nobody_knows_is_refused(world: World, tmp_path: Path) -> None:
    """A slip of the pen would limit nothing, so every unknown name is told."""
    client = visitor(world, tmp_path)
    auth = (create_key(world, 1, "erp", "api")[1], "")
    source = POLICY.replace("categories: [offers]", "journeys: [wellcome]")
    source = source.replace("share: 5%", "share: 5%, segments: [vip]")
    source = source.replace("remaining_value: 200", "remaining_value: {tag: clv}")

    refused = client.request("PUT", "/v1/policy", json={"source": source}, auth=auth)

    assert refused.status_code == 422
    assert all(name in refused.text for name in ("wellcome", "vip", "clv"))
