"""Sending domains in the console and over the API: added, checked, warmed up, forgotten."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.people import BRAND
from tests.integration.test_mail_out import Names, records_in

from huiliu.ports.mail import WaitingDomain
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.list_actions import list_actions
from huiliu.services.sender_domains import add_domain, sending_domain


@pytest.fixture
def names() -> Names:
    """Answer questions about names."""
    return Names()


@pytest.fixture
def shop(world: World, names: Names) -> World:
    """A brand with a DNS of a few records."""
    return dataclasses.replace(world, names=names)


def send(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_a_domain_is_added_checked_warmed_up_and_forgotten(
    shop: World, names: Names, tmp_path: Path
) -> None:
    """From the empty list to a page that says what receivers see; every change is written down."""
    client = signed_in(shop, tmp_path)
    empty = client.get("/domains?lang=en").text
    added = send(client, "/domains", domain="Brand.example", plan="default")
    fresh = client.get(added.headers["location"]).text
    records_in(shop, names, "brand.example")
    checked = send(client, "/domains/brand.example/check")
    page = client.get(checked.headers["location"]).text
    listed = client.get("/domains").text
    send(client, "/domains/brand.example/rotate")
    ended = send(client, "/domains/brand.example/warm-up", plan="")
    rotated = client.get(ended.headers["location"]).text
    send(client, "/domains/brand.example/remove")

    assert "No sending domain yet" in empty
    assert "hl1._domainkey.brand.example" in fresh
    assert "Not checked yet" in fresh
    assert "key hl1 is published" in page
    assert "there is no SPF record" in page
    assert "Day 1 of 25" in listed
    assert "hl2._domainkey.brand.example" in rotated
    assert "PRIVATE KEY" not in fresh + page + rotated
    assert client.get("/domains/brand.example").status_code == 404
    assert [one.what for one in list_actions(shop, BRAND).rows][:4] == [
        "domain_removed", "domain_warm_up", "domain_rotated", "domain_added",
    ]  # fmt: skip


def test_what_is_wrong_is_said_and_what_was_typed_stays(shop: World, tmp_path: Path) -> None:
    """No domain, and a plan that shrinks."""
    client = signed_in(shop, tmp_path)
    add_domain(shop, BRAND, "brand.example")

    none = send(client, "/domains", domain="no domain", plan="")
    shrinking = send(client, "/domains/brand.example/warm-up", plan="5,4")

    assert none.status_code == shrinking.status_code == 422
    assert 'value="no domain"' in none.text
    assert ">5,4</textarea>" in shrinking.text
    assert sending_domain(shop, BRAND, "brand.example").plan == ()


def test_receivers_that_asked_for_patience_are_listed(shop: World, tmp_path: Path) -> None:
    """With their words, while they wait."""
    with shop.store.system() as tx:
        until = shop.clock.now() + 60_000_000
        tx.mail.wait(BRAND, [WaitingDomain("main", "gmail.com", 1, until, "421 4.7.28 slow")])

    page = signed_in(shop, tmp_path).get("/domains?lang=en").text

    assert "gmail.com" in page
    assert "421 4.7.28 slow" in page


def test_who_may_only_look_changes_nothing(shop: World, tmp_path: Path) -> None:
    """No button is shown, and none works."""
    add_domain(shop, BRAND, "brand.example")
    client = signed_in(shop, tmp_path, "marketer")

    page = client.get("/domains/brand.example").text

    assert "/rotate" not in page
    assert send(client, "/domains/brand.example/remove").status_code == 403
    assert send(client, "/domains", domain="b.example").status_code == 403


def test_a_server_does_the_same_with_a_key(shop: World, names: Names, tmp_path: Path) -> None:
    """Added, checked, signed with, warmed up, rotated, forgotten; wrong bodies are told."""
    key = (create_key(shop, BRAND, "erp", "api")[1], "")
    client = visitor(shop, tmp_path)

    def ask(method: str, path: str, body: Any = None) -> Any:
        return client.request(method, f"/v1/domains{path}", json=body, auth=key).json()

    made = ask("POST", "", {"domain": "brand.example", "plan": "5,10"})
    wrong = ask("POST", "", {"domain": "x"})
    records_in(shop, names, "brand.example")
    checked = ask("POST", "/brand.example/check")
    signing = ask("PUT", "/brand.example/signing", {"selectors": ["hl1"]})
    unknown = ask("PUT", "/brand.example/signing", {"selectors": "hl1"})
    warm = ask("PUT", "/brand.example/warm-up", {"plan": ""})
    rotated = ask("POST", "/brand.example/rotate")

    assert made["day_limit"] == 5
    assert [one["kind"] for one in made["records"]] == ["TXT", "TXT"]
    assert "domain" in str(wrong)
    assert checked["signs_with"] == ["hl1", "hl1e"]
    assert {one["check"] for one in checked["findings"]} >= {"spf", "dkim", "dmarc"}
    assert signing["signs_with"] == ["hl1"]
    assert "selectors" in str(unknown)
    assert warm["day_limit"] is None
    assert len(rotated["records"]) == 4
    assert [one["domain"] for one in ask("GET", "")["domains"]] == ["brand.example"]
    assert "PRIVATE" not in str(ask("GET", "/brand.example"))
    assert ask("DELETE", "/brand.example") == {"removed": True}
