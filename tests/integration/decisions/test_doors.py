"""Deciding together through every door: console, servers and the command line meet one seam."""

from __future__ import annotations

from pathlib import Path

from tests.integration.console.visiting import (
    PASSWORD,
    Visitor,
    add,
    signed_in,
    token,
    visitor,
)
from tests.integration.decisions.deciding import BRAND, approvals, person, policy

from huiliu.kernel.times import DAY, show_instant
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.departments import set_department, user_named
from huiliu.services.publish import publish
from huiliu.services.verify_actions import verify_actions

_LEGAL = "viewer@shop.example"


def server(world: World, tmp_path: Path) -> tuple[Visitor, dict[str, str]]:
    """Return a server, and the header that shows its key."""
    _, key = create_key(world, BRAND, "till", "api")
    return visitor(world, tmp_path), {"authorization": f"Bearer {key}"}


def legal(world: World, tmp_path: Path) -> Visitor:
    """Return somebody of the legal department who is signed in and changes nothing else."""
    client = signed_in(world, tmp_path, "viewer")
    set_department(world, BRAND, user_named(world, BRAND, _LEGAL).user_id, "legal")
    return client


def together(world: World) -> None:
    """Let the brand decide together."""
    person(world, "technology", "technology")
    publish(world, BRAND, approvals(), "cli")


def test_what_a_server_publishes_waits_until_a_person_agrees(world: World, tmp_path: Path) -> None:
    """202 with the decision's number; the page tells what it is, and one click carries it live."""
    client = legal(world, tmp_path)
    together(world)
    calls, key = server(world, tmp_path)

    told = calls.request("PUT", "/v1/policy", json={"source": policy()}, headers=key)
    assert told.status_code == 202
    number = told.json()["decision"]
    assert told.json() == {
        "decision": number, "state": "open", "risk": "medium", "need": 1,
        "departments": ["marketing", "legal"],
    }  # fmt: skip
    shown = client.get(f"/decisions/{number}").text
    assert "Policy" in shown
    assert "It holds for everybody" in shown
    assert "Nothing like it has run" in shown
    assert "Your word is asked" in client.get("/decisions").text

    form = {"csrf": token(client, f"/decisions/{number}"), "revision": "1", "verdict": "approve"}
    assert client.post(f"/decisions/{number}/vote", data=form).status_code == 303

    found = calls.get(f"/v1/decisions/{number}", headers=key).json()
    assert (found["state"], found["votes"][0]["by"]) == ("live", _LEGAL)
    assert found["documents"][0]["factors"][0]["factor"] == "audience"
    listed = calls.get("/v1/documents", headers=key).json()["documents"]
    assert ("policy", 1) in [(one["kind"], one["version"]) for one in listed]


def test_a_page_that_publishes_leads_to_its_decision(world: World, tmp_path: Path) -> None:
    """The author sees that it waits and why they have no say; an htmx request is led there too."""
    client = signed_in(world, tmp_path)
    set_department(world, BRAND, user_named(world, BRAND, "admin@shop.example").user_id, "legal")
    together(world)
    form = {"csrf": token(client, "/policy/edit"), "source": policy()}

    done = client.post("/policy/apply", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/decisions/1?proposed=1")
    again = client.post("/policy/apply", data=form, headers={"hx-request": "true"})
    assert again.headers["hx-redirect"] == "/decisions/1?proposed=1"

    shown = client.get("/decisions/1?proposed=1").text
    assert "needs the yes of others" in shown
    assert "others decide about it" in shown
    vote = {"csrf": form["csrf"], "revision": "1", "verdict": "approve"}
    assert client.post("/decisions/1/vote", data=vote).status_code == 409
    assert client.post("/decisions/1/withdraw", data=form).status_code == 303
    assert "withdrawn" in client.get("/decisions/1").text


def test_the_rules_have_a_page_and_need_the_others_once_they_hold(
    world: World, tmp_path: Path
) -> None:
    """The first rules go live at once; who changes them afterwards waits like everybody."""
    client = signed_in(world, tmp_path)
    form = {"csrf": token(client, "/decisions/rules"), "source": approvals(), "version": "0"}
    assert "only 0 of them have anybody" in client.post("/decisions/rules/apply", data=form).text
    for name in ("legal", "technology"):
        person(world, name, name)
    checked = client.post("/decisions/rules/check", data=form).text
    assert "In force: 1 of 2 departments for medium risk, 2 of 4 for high risk" in checked

    assert (
        client.post("/decisions/rules/apply", data=form)
        .headers["location"]
        .startswith("/decisions/rules/default")
    )
    off = form | {"source": approvals(enabled=False), "version": "1"}
    assert (
        client.post("/decisions/rules/apply", data=off)
        .headers["location"]
        .startswith("/decisions/1?")
    )


def test_a_vote_by_a_server_is_a_persons_who_proves_it(world: World, tmp_path: Path) -> None:
    """A key alone says nothing; the wrong password neither; a no needs its reason."""
    add(world, "viewer")
    set_department(world, BRAND, user_named(world, BRAND, _LEGAL).user_id, "legal")
    together(world)
    calls, key = server(world, tmp_path)
    number = calls.request("PUT", "/v1/policy", json={"source": policy()}, headers=key).json()[
        "decision"
    ]
    at, vote = f"/v1/decisions/{number}/votes", {"verdict": "reject", "revision": 1}
    who = {"email": _LEGAL, "password": PASSWORD}

    assert calls.post(at, json=vote, headers=key).status_code == 422
    assert calls.post(at, json=vote | who | {"password": "-"}, headers=key).status_code == 401
    assert calls.post(at, json=vote | who, headers=key).status_code == 422
    said = calls.post(at, json=vote | who | {"comment": "no"}, headers=key)

    assert (said.status_code, said.json()["state"]) == (200, "rejected")
    assert calls.get("/v1/decisions?state=open", headers=key).json()["decisions"] == []
    assert calls.get("/v1/actions/chain", headers=key).json()["holds"] is True
    users = calls.get("/v1/users", headers=key).json()["users"]
    assert {"viewer@shop.example": "legal"}.items() <= {
        one["email"]: one["department"] for one in users
    }.items()


def test_who_goes_away_lets_another_speak(world: World, tmp_path: Path) -> None:
    """Given on the page, seen by servers, ended by either of the two."""
    client = legal(world, tmp_path)
    person(world, "deputy")
    until = show_instant(world.clock.now() + 2 * DAY)
    form = {"csrf": token(client, "/decisions"), "to": "deputy@example.com", "ends_at": until}

    assert client.post("/decisions/delegations", data=form | {"ends_at": "-"}).status_code == 422
    assert client.post("/decisions/delegations", data=form).status_code == 303

    calls, key = server(world, tmp_path)
    given = calls.get("/v1/delegations", headers=key).json()["delegations"]
    assert [(one["department"], one["to"], one["holds"]) for one in given] == [
        ("legal", "deputy@example.com", True)
    ]
    client.post(f"/decisions/delegations/{given[0]['delegation']}/end", data=form)
    assert calls.get("/v1/delegations", headers=key).json()["delegations"] == []


def test_users_get_a_department_and_the_list_of_actions_its_seal(
    world: World, tmp_path: Path
) -> None:
    """What an administrator sets is written down, and the page says that the list is whole."""
    client = signed_in(world, tmp_path)
    me = user_named(world, BRAND, "admin@shop.example")
    form = {"csrf": token(client, "/users"), "department": "operations"}

    assert client.post(f"/users/{me.user_id}/department", data=form).status_code == 303

    assert user_named(world, BRAND, "admin@shop.example").department == "operations"
    shown = client.get("/actions").text
    assert "Changed a user&#39;s department" in shown
    assert "as they were written" in shown
    assert verify_actions(world, BRAND, newest=1).holds
