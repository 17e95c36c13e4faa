"""Every route: what it asks for, what it sends, and what it never tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route
from tests.integration.console.visiting import signed_in, token, visitor

from huiliu.kernel.errors import HuiliuError
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.add_user import ROLES
from huiliu.services.create_key import create_key
from huiliu.web.assets import address
from huiliu.web.errors import STATUSES
from huiliu.web.pages import DOORS
from huiliu.web.permissions import PERMISSIONS, PUBLIC, SIGNED_IN, may

KNOWN = frozenset().union(*PERMISSIONS.values()) | {PUBLIC, SIGNED_IN}
TREE = HuiliuError.__module__
#: Something for each part of an address; what is not here is a slug.
PARTS = {"profile": show_profile_id(1), "message": "00" * 16, "refused": "1", "key": "1"}


def filled(path: str) -> str:
    """Return the address of a door with something in each of its parts."""
    return re.sub(r"\{(\w+)\}", lambda found: PARTS.get(found[1], "none"), path)


def test_every_route_declares_what_it_asks_for(world: World, tmp_path: Path) -> None:
    """No route of the application is open because someone forgot."""
    app = visitor(world, tmp_path).app
    declared = {id(route): asked for route, asked in app.state.access}

    for route in app.routes:
        assert isinstance(route, Route)
        asked = declared[id(route)]
        assert asked in KNOWN or asked.startswith("key:"), route.path


def test_no_public_page_but_those_in_front_of_the_console() -> None:
    """A new door is behind sign-in unless this list says otherwise."""
    assert {door.path for door in DOORS if door.permission == PUBLIC} == {"/sign-in", "/first-run"}


def test_without_a_session_every_door_leads_to_sign_in(world: World, tmp_path: Path) -> None:
    """Also those that change something."""
    client = visitor(world, tmp_path)

    for door in DOORS:
        if door.permission != PUBLIC:
            answer = client.request(door.methods[0], filled(door.path))
            assert answer.status_code == 303, door.path
            assert answer.headers["location"].startswith("/sign-in"), door.path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_enters_exactly_what_it_may(world: World, tmp_path: Path, role: str) -> None:
    """Walks every door with every role: 403 where the table says no, never where it says yes."""
    client = signed_in(world, tmp_path, role)
    csrf = token(client, "/people?lang=en")

    for door in DOORS:
        if door.permission == PUBLIC or door.path == "/sign-out":
            continue
        answer = client.request(door.methods[0], filled(door.path), headers={"x-csrf-token": csrf})
        is_refused = answer.status_code == 403
        assert is_refused is not may(role, door.permission), (door, answer.status_code)


def test_a_change_without_the_token_is_refused(world: World, tmp_path: Path) -> None:
    """A form of another site does not know it."""
    client = signed_in(world, tmp_path)

    without = client.post("/keys", data={"name": "a", "scope": "collect"})
    wrong = client.post("/keys", data={"name": "a", "scope": "collect", "csrf": "wrong"})

    assert (without.status_code, wrong.status_code) == (403, 403)
    with world.store.system() as tx:
        assert tx.accounts.keys(1) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_change_from_another_site_is_refused(world: World, tmp_path: Path, site: str) -> None:
    """Even with the right token: the browser says where it was sent from."""
    client = signed_in(world, tmp_path)
    form = {"name": "a", "scope": "collect", "csrf": token(client, "/keys")}

    answer = client.post("/keys", data=form, headers={"sec-fetch-site": site})

    assert answer.status_code == 403


def test_every_page_carries_the_strict_policy(world: World, tmp_path: Path) -> None:
    """No inline script, no eval, no frame, a nonce of its own; nothing is kept in caches."""
    client = signed_in(world, tmp_path)
    first, second = client.get("/").headers, client.get("/").headers

    policy = first["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}';", policy)
    assert policy != second["content-security-policy"]
    assert first["x-content-type-options"] == "nosniff"
    assert first["cache-control"] == "no-store"


def test_errors_tell_nothing_of_the_inside(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash is a calm page in the reader's language; the trace stays in the log."""
    client = signed_in(world, tmp_path)

    def crash(*_: object) -> None:
        raise RuntimeError("select secret from vault")

    monkeypatch.setattr("huiliu.web.pages.overview.overview", crash)
    answer = client.get("/")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "Something went wrong on our side" in answer.text


def test_a_path_that_nothing_answers_is_a_page_or_json(world: World, tmp_path: Path) -> None:
    """People get a page, programs an object."""
    client = visitor(world, tmp_path)

    page, api = client.get("/nothing"), client.get("/v1/nothing")

    assert page.status_code == api.status_code == 404
    assert "<html" in page.text
    assert api.headers["content-type"] == "application/json"


def test_a_nul_anywhere_in_a_request_is_no_fault_of_ours(world: World, tmp_path: Path) -> None:
    """No text of the database can hold one: it is told as a bad request, not as a crash."""
    inside = signed_in(world, tmp_path)
    client = visitor(world, tmp_path)
    form = {"csrf": token(client), "email": "a\0b@shop.example", "password": "x"}

    assert client.post("/sign-in", data=form).status_code == 400
    assert inside.get("/messages?reason=a%00b").status_code == 400
    assert inside.get("/journeys/a%00b").status_code == 400


def test_a_huge_form_is_refused(world: World, tmp_path: Path) -> None:
    """Nobody fills the memory through a form."""
    client = signed_in(world, tmp_path)

    answer = client.post("/segments/count", content=b"source=" + b"x" * 600_000)

    assert answer.status_code == 413


def test_every_named_error_has_a_status() -> None:
    """A new error of the tree cannot be forgotten in the table."""
    named = {error for error in HuiliuError.__subclasses__() if error.__module__ == TREE}

    assert set(STATUSES) == named


def test_static_files_are_kept_for_a_year_and_arrive_compressed(
    world: World, tmp_path: Path
) -> None:
    """The address changes with the content, so nobody sees an old one."""
    client = visitor(world, tmp_path)

    answer = client.get(address("vendor/tabler.min.css"))
    elsewhere = client.get(address("../app.py").replace("..", "%2e%2e"))
    old = client.get("/static/000000000000/css/app.css")

    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert elsewhere.status_code == 404
    assert old.headers["cache-control"] == "no-cache"


def test_a_key_is_not_a_way_into_the_console(world: World, tmp_path: Path) -> None:
    """A write key may be public; it opens no page."""
    _, key = create_key(world, 1, "sdk", "api")

    answer = visitor(world, tmp_path).get("/people", auth=(key, ""))

    assert answer.status_code == 303
