"""Sessions, passwords and throttling, without a browser."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.integration.console.visiting import (
    BRAND,
    PASSWORD,
    Visitor,
    add,
    sign_in,
    signed_in,
    token,
    visitor,
)

from huiliu.kernel.errors import Refused, Unauthorised
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.set_up import setup_token
from huiliu.services.sign_in import PER_ACCOUNT, PER_ADDRESS
from huiliu.services.sign_in import sign_in as open_door
from huiliu.stores.clock import SimulatedClock
from huiliu.web.security import SESSION_COOKIE


def test_the_cookie_is_a_random_number_that_scripts_cannot_read(
    world: World, tmp_path: Path
) -> None:
    """HttpOnly, SameSite=Lax, and only its hash is in the database."""
    add(world)
    client = visitor(world, tmp_path)
    form = {"csrf": token(client), "email": "admin@shop.example", "password": PASSWORD}

    answer = client.post("/sign-in", data=form)

    cookie = next(
        value for value in answer.headers.get_list("set-cookie") if SESSION_COOKIE in value
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    value = client.cookies[SESSION_COOKIE]
    with world.store.system() as tx:
        assert tx.accounts.session(value.encode(), world.clock.now()) is None


def test_signing_in_again_ends_the_old_session(world: World, tmp_path: Path) -> None:
    """A session that someone planted or stole before is worth nothing afterwards."""
    client = signed_in(world, tmp_path)
    old = client.cookies[SESSION_COOKIE]
    form = {"email": "admin@shop.example", "password": PASSWORD}
    form["csrf"] = _csrf(client)

    client.post("/sign-in", data=form)

    assert client.cookies[SESSION_COOKIE] != old
    other = visitor(world, tmp_path)
    other.cookies.set(SESSION_COOKIE, old)
    assert other.get("/").status_code == 303


def test_a_session_ends_after_twelve_unused_hours(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Used within them, it goes on; left alone, it ends."""
    client = signed_in(world, tmp_path)

    clock.advance(11 * HOUR)
    assert client.get("/people").status_code == 200
    clock.advance(11 * HOUR)
    assert client.get("/people").status_code == 200
    clock.advance(13 * HOUR)

    assert client.get("/people").status_code == 303


def test_a_session_ends_after_a_week_however_much_it_is_used(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """A stolen cookie does not live for ever."""
    client = signed_in(world, tmp_path)

    for _ in range(14):
        clock.advance(12 * HOUR - MINUTE)
        client.get("/people")
    clock.advance(DAY // 4)

    assert client.get("/people").status_code == 303


def test_ten_wrong_passwords_close_an_account_for_a_while(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Even the right one is refused then; after a quarter of an hour it opens again."""
    add(world)
    client = visitor(world, tmp_path)
    wrong = [sign_in(client, password="not this one") for _ in range(PER_ACCOUNT)]

    assert wrong == [401] * PER_ACCOUNT
    assert sign_in(client) == 429
    clock.advance(16 * MINUTE)
    assert sign_in(client) == 303


def test_one_address_cannot_try_many_accounts(world: World) -> None:
    """The address is counted too, over all accounts."""
    for number in range(PER_ADDRESS):
        with pytest.raises(Unauthorised):
            open_door(world, f"nobody{number}@shop.example", "a guess", "203.0.113.7")

    with pytest.raises(Refused):
        open_door(world, "somebody@shop.example", "a guess", "203.0.113.7")
    with pytest.raises(Unauthorised):
        open_door(world, "somebody@shop.example", "a guess", "203.0.113.8")


def test_many_tries_at_once_are_all_counted(world: World) -> None:
    """No more than the limit get as far as the password, however many come together."""
    add(world)
    reached: list[int] = []

    def attempt(number: int) -> None:
        try:
            open_door(world, "admin@shop.example", "a guess", f"198.51.100.{number}")
        except Unauthorised:
            reached.append(number)
        except Refused:
            pass

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reached) == PER_ACCOUNT


def test_a_right_password_forgets_the_wrong_ones(world: World, tmp_path: Path) -> None:
    """Who mistypes now and then is never locked out."""
    add(world)
    client = visitor(world, tmp_path)
    for _ in range(PER_ACCOUNT - 1):
        sign_in(client, password="not this one")

    assert sign_in(client) == 303
    client.cookies.clear()
    assert [sign_in(client, password="not this one") for _ in range(3)] == [401] * 3


def test_the_first_run_page_wants_the_printed_token(world: World, tmp_path: Path) -> None:
    """A stranger who finds the page first cannot make themselves administrator."""
    client = visitor(world, tmp_path)
    form = {"name": "Eve", "email": "eve@else.example", "password": PASSWORD}

    refused = client.post(
        "/first-run", data={**form, "token": "0" * 32, "csrf": token(client, "/first-run")}
    )
    with world.store.system() as tx:
        n_after_refusal = tx.accounts.n_users()
    right = setup_token(world)
    made = client.post(
        "/first-run", data={**form, "token": right, "csrf": token(client, "/first-run")}
    )

    assert (refused.status_code, n_after_refusal, made.status_code) == (403, 0, 303)


def test_the_first_run_page_makes_one_user_only(world: World, tmp_path: Path) -> None:
    """The token is worthless as soon as there is a user."""
    client = visitor(world, tmp_path)
    csrf = token(client, "/first-run")
    form = {"name": "Li", "password": PASSWORD, "token": setup_token(world), "csrf": csrf}
    client.post("/first-run", data={**form, "email": "li@shop.example"})
    other = visitor(world, tmp_path)
    other.cookies.set("huiliu_form", csrf)

    other.post("/first-run", data={**form, "email": "eve@else.example"})

    with world.store.system() as tx:
        assert [user.email for user in tx.accounts.users(BRAND)] == ["li@shop.example"]


def test_only_addresses_of_the_console_are_gone_back_to(world: World, tmp_path: Path) -> None:
    """A link to sign-in cannot lead to another site afterwards."""
    add(world)
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        client = visitor(world, tmp_path)
        form = {
            "csrf": token(client), "email": "admin@shop.example", "password": PASSWORD,
            "next": elsewhere,
        }  # fmt: skip

        assert client.post("/sign-in", data=form).headers["location"] == "/"


def _csrf(client: Visitor) -> str:
    """Return the token of the session that a visitor holds."""
    return token(client, "/keys")
