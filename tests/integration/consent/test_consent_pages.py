"""Consent, suppression and how a brand asks, in the console and behind a key."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.integration.consent.asking import PERMISSION, ledger, put_permission, state
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.outbox import someone
from tests.integration.people import BRAND, project_all

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.suppression_list import add_addresses


@pytest.fixture
def admin(world: World, tmp_path: Path) -> Visitor:
    """Sign in."""
    return signed_in(world, tmp_path)


def send(admin: Visitor, page: str, path: str, **fields: str) -> httpx.Response:
    """Fill in a form of a page and send it."""
    return admin.post(path, data={"csrf": token(admin, page), **fields})


def test_the_ledger_is_shown_with_counts_and_filters(world: World, admin: Visitor):
    """Each row leads to its person."""
    li = show_profile_id(someone(world))

    shown = admin.get("/consent").text
    filtered = admin.get("/consent?state=withdrawn").text

    assert f"/people/{li}/consent" in shown
    assert "No rows like these" in filtered


def test_staff_take_down_a_refusal_that_was_told_them(world: World, admin: Visitor):
    """It counts at once, says who took it down, and is in the activity log."""
    li = someone(world)
    path = f"/people/{show_profile_id(li)}/consent"

    answer = send(admin, path, path, state="withdrawn", channel="*", purpose="marketing",
                  method="paper", text_version="leaflet 7")  # fmt: skip
    project_all(world)

    assert answer.status_code == 303
    assert state(world, li) == "withdrawn"
    assert ledger(world, li)[-1].collected_by.startswith("user:")
    assert "Took down a consent" in admin.get("/actions").text


def test_a_yes_taken_down_by_staff_waits_where_the_law_wants_it_confirmed(
    world: World, admin: Visitor
):
    """What somebody said on the telephone in Germany is asked again by e-mail."""
    li = someone(world, consents=())
    path = f"/people/{show_profile_id(li)}/consent"

    answer = send(admin, path, path, state="granted", channel="email", purpose="marketing",
                  method="console", country="de")  # fmt: skip
    project_all(world)

    assert answer.headers["location"].endswith("taken=requested")
    assert state(world, li) == ""


def test_nonsense_is_told_on_the_page(world: World, admin: Visitor):
    """All problems at once, nothing is written."""
    li = someone(world)
    path = f"/people/{show_profile_id(li)}/consent"

    answer = send(admin, path, path, state="granted", channel="*", purpose="joy", method="paper")

    assert answer.status_code == 422
    assert "consents[0].channel" in answer.text
    assert "consents[0].purpose" in answer.text


def test_a_person_can_have_all_that_they_said(world: World, admin: Visitor):
    """JSON with times, words and hashes."""
    li = someone(world)

    answer = admin.get(f"/people/{show_profile_id(li)}/consent.json")

    (row,) = answer.json()["ledger"]
    assert (row["channel"], row["state"], row["method"]) == ("email", "granted", "api")
    assert len(row["row_hash"]) == 32


def test_an_address_is_added_looked_up_and_removed_and_never_shown(world: World, admin: Visitor):
    """Hashes only, on every page."""
    page = "/suppression"
    added = send(admin, page, page, address="Li@Nowhereland.example", reason="blocked")
    looked = send(admin, page, page, address="li@nowhereland.example", look="1", reason="blocked")
    listed = admin.get(page).text
    with world.store.system() as tx:
        (row,) = tx.people.list_suppressions(BRAND, "", 5)
    hashed = row.address.hex()
    gone = send(admin, page, f"/suppression/{hashed}/remove", reason="blocked")

    assert added.status_code == 303
    assert "On the list:" in looked.text
    assert hashed[:16] in listed
    assert "nowhereland" not in listed.lower()
    assert gone.status_code == 303
    assert "Nobody is on the list" in admin.get(page).text


def test_a_file_of_addresses_is_imported_with_its_bad_lines_told(world: World, admin: Visitor):
    """Hashes of other systems are refused with the reason; what is good goes in."""
    lines = ["email", "a@shop.example", "nobody", "a" * 64, "+8613800000001"]
    answer = admin.post(
        "/suppression/import",
        data={"csrf": token(admin, "/suppression"), "reason": "imported"},
        files={"file": ("list.csv", "\n".join(lines).encode())},
    )

    assert "2 new of 2 addresses." in answer.text
    assert "line 3: this is no e-mail address" in answer.text
    assert "line 4: this is the hash of another system" in answer.text


def test_an_export_of_the_list_is_imported_again_nowhereland(world: World, admin: Visitor):
    """Our own hashes are understood."""
    add_addresses(world, BRAND, ["a@shop.example", "b@shop.example"], "opted_out", "test")
    exported = admin.get("/suppression/export.csv").content

    answer = admin.post(
        "/suppression/import",
        data={"csrf": token(admin, "/suppression"), "reason": "imported"},
        files={"file": ("list.csv", exported)},
    )

    assert answer.headers["location"] == "/suppression?new=0&all=2"


def test_the_form_of_how_a_brand_asks_keeps_what_it_does_not_show(world: World, admin: Visitor):
    """Keywords of a number stay when topics change."""
    put_permission(world)
    page = "/permission"
    answer = send(
        admin, page, page, **{
            "as": "form", "brand.en": "Sunny", "topic.0": "sales", "topic.0.en": "Big sales",
            "frequency.weekly": "1", "confirm.email": "fr, nl", "silent.help": "1",
            "confirm_within": "3d", "reply.stop.zh-CN": "【晴日】已退订",
        },
    )  # fmt: skip

    with world.store.system() as tx:
        source = tx.documents.latest(BRAND, "permission", "default").source
    assert answer.status_code == 303
    for said in ("basta", "Big sales", "FR", "help: false", "3d", "已退订"):
        assert said in source
    assert "news" not in source


def test_a_document_that_is_wrong_keeps_what_was_typed(world: World, admin: Visitor):
    """Problems with their lines above, the typed document below."""
    page = "/permission"
    typed = PERMISSION.replace("sales: ", "Sales Now: ")
    answer = send(admin, page, page, **{"as": "yaml", "source": typed})

    assert answer.status_code == 422
    assert "Sales Now cannot be the name of a topic" in answer.text
    assert "Sales Now:" in answer.text


def test_servers_do_the_same_with_a_key(world: World, tmp_path: Path):
    """Every action of the pages has its twin."""
    _, key = create_key(world, 1, "erp", "api")
    client, auth = visitor(world, tmp_path), (key, "")
    li = someone(world, consents=())
    person = f"/v1/profiles/{show_profile_id(li)}/consents"

    said = client.post(
        person, auth=auth,
        json={
            "consents": [{"channel": "email", "state": "granted"}], "jurisdiction": "FR",
            "text_version": "shop@2", "expires_at": "2030-01-01T00:00:00Z", "method": "form",
            "evidence": {"page": "/till"}, "key": "till-1",
        },
    )  # fmt: skip
    project_all(world)
    listed = client.post(
        "/v1/suppressions", auth=auth, json={"addresses": ["x@shop.example", "no"]}
    )
    hashed = client.get("/v1/suppressions", auth=auth).json()["addresses"][0]["address"]

    assert said.json() == {
        "consents": [{"channel": "email", "purpose": "marketing", "state": "granted"}]
    }
    (row,) = client.get(person, auth=auth).json()["ledger"]
    assert (row["jurisdiction"], row["expires_at"]) == ("FR", "2030-01-01T00:00:00Z")
    assert row["evidence"] == {"page": "/till"}
    assert row["collected_by"].startswith("key:")
    assert listed.json()["new"] == 1
    assert listed.json()["bad"][0]["line"] == 2
    assert client.request("DELETE", f"/v1/suppressions/{hashed}", auth=auth).json() == {
        "removed": 1
    }
    assert client.request("DELETE", f"/v1/suppressions/{hashed}", auth=auth).status_code == 404
    assert client.get("/v1/suppressions.csv", auth=auth).status_code == 200
    assert client.get("/v1/consents", auth=auth).json()["counts"][0]["granted"] == 1
    made = client.request("PUT", "/v1/permission", auth=auth, json={"source": PERMISSION})
    assert made.json() == {"version": 1, "is_new": True}
    assert "sales" in client.get("/v1/permission", auth=auth).json()["source"]


def test_bad_calls_are_told_what_is_wrong(world: World, tmp_path: Path):
    """All problems with their paths; nothing is written."""
    _, key = create_key(world, 1, "erp", "api")
    client, auth = visitor(world, tmp_path), (key, "")
    person = f"/v1/profiles/{show_profile_id(someone(world))}/consents"

    bodies: tuple[dict[str, object], ...] = (
        {}, {"consents": [1]}, {"consents": []}, {"consents": [{"channel": "fax"}]},
        {"consents": [{"channel": "email", "state": "granted"}], "expires_at": "soon"},
        {"consents": [{"channel": "email", "state": "granted"}], "legal_basis": "love"},
        {"consents": [{"channel": "email", "state": "granted"}], "evidence": {"a": {}}},
        {"consents": [{"channel": "email", "state": "granted"}], "method": "magic"},
        {"consents": [{"channel": "email", "state": "granted"}], "legal_basis": "soft_opt_in"},
    )  # fmt: skip
    for body in bodies:
        assert client.post(person, auth=auth, json=body).status_code == 422, body
    assert client.get("/v1/profiles/p_0/consents", auth=auth).status_code == 404
